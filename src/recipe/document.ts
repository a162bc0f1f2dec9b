import { readFile, stat } from 'node:fs/promises';
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { InferOptError, messageOf, readableReason } from '../errors.js';
import { nestsTooDeep } from '../yaml-depth.js';

/** Larger files are no recipes. */
const largestFile = 1_000_000;
const tooLarge = (file: string, bytes: number): InferOptError =>
  new InferOptError('usage', `${file}: a recipe of ${bytes} bytes is none`);

/** An alias that multiplies what it stands for runs into this. */
const mostAliases = 50;

/** Keys that mean something else to JavaScript. */
const refusedKeys = ['__proto__', 'constructor', 'prototype'];

export type PathPart = string | number;

/** A YAML file as plain data, and where in it everything stands. */
export class RecipeDocument {
  readonly file: string;
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(text: string, file: string) {
    this.file = file;
    this.#lines = new LineCounter();
    if (nestsTooDeep(text)) {
      this.#lines.addNewLine(0);
      throw this.problem(0, 'it nests deeper than a recipe does');
    }
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    const [broken] = this.#document.errors;
    if (broken !== undefined) throw this.problem(broken.pos[0], messageOf(broken));
    this.#refuseKeys();
    try {
      this.value = this.#document.toJS({ maxAliasCount: mostAliases });
    } catch (thrown) {
      throw this.problem(0, `its aliases stand for too much: ${messageOf(thrown)}`);
    }
  }

  static async read(file: string): Promise<RecipeDocument> {
    let text: string;
    try {
      const status = await stat(file);
      if (status.isFile() && status.size > largestFile) throw tooLarge(file, status.size);
      if (!status.isFile() && !status.isDirectory()) throw new Error('it is no regular file');
      text = await readFile(file, 'utf8');
    } catch (thrown) {
      if (thrown instanceof InferOptError) throw thrown;
      throw new InferOptError('usage', `${file}: it cannot be read: ${readableReason(thrown)}`, {
        hint: 'name a recipe; infer-opt init writes one',
      });
    }
    return new RecipeDocument(text, file);
  }

  /** An error at the value that `path` leads to, or the deepest part of it that is there. */
  problemAt(path: readonly PathPart[], message: string, hint?: string): InferOptError {
    for (let depth = path.length; depth >= 0; depth--) {
      const place = this.#placeOf(path.slice(0, depth));
      if (place !== undefined) return this.problem(place, message, hint);
    }
    return this.problem(0, message, hint);
  }

  /** An error at an offset in the text. */
  problem(offset: number, message: string, hint?: string): InferOptError {
    const { line, col } = this.#lines.linePos(offset);
    return new InferOptError('usage', `${this.file}:${line}:${col}: ${message}`, {
      hint: hint ?? 'see docs/recipe.md; the JSON Schema in docs/schema helps an editor to complete',
    });
  }

  /** Where the value begins; for a key of a map that `path` names last, where the key stands. */
  #placeOf(path: readonly PathPart[]): number | undefined {
    const last = path.at(-1);
    if (typeof last === 'string') {
      const parent =
        path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
      if (isMap(parent)) {
        const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === last);
        const node =
          isNode(pair?.value) && pair.value.range?.[0] !== pair.value.range?.[1] ? pair.value : pair?.key;
        return isNode(node) ? node.range?.[0] : undefined;
      }
    }
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }

  #refuseKeys(): void {
    visit(this.#document, {
      Pair: (_, pair) => {
        if (!isPair(pair) || !isNode(pair.key)) return;
        const offset = pair.key.range?.[0] ?? 0;
        if (!isScalar(pair.key)) throw this.problem(offset, 'a key must be a plain word');
        if (refusedKeys.includes(String(pair.key.value))) {
          throw this.problem(offset, `the key ${String(pair.key.value)} is refused`);
        }
      },
    });
  }
}
