import { InferOptError } from '../../errors.js';
import { enumName, type EnumName } from './text-format.js';

/** A message as it was read: every field with all its values, in the order of the file. */
export type ParsedMessage = Map<string, ParsedValue[]>;
export type ParsedValue = string | number | boolean | EnumName | ParsedMessage;

const token =
  /(?<blank>\s+|#[^\n]*)|(?<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|(?<number>-?\.?\d[\w.+-]*)|(?<word>-?[A-Za-z_][\w.]*)|(?<sign>[{}<>[\]:,;])/y;

interface Token {
  readonly kind: 'string' | 'number' | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly line: number;
}

/**
 * Reads a message in text format without knowing its schema.
 *
 * @throws InferOptError `usage` with the line where the text cannot be understood
 */
export function parseTextFormat(text: string): ParsedMessage {
  return new Parser(tokensOf(text)).message('');
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const groups = token.exec(text)?.groups;
    const kind = (['blank', 'string', 'number', 'word', 'sign'] as const).find(
      (name) => groups?.[name] !== undefined,
    );
    if (groups === undefined || kind === undefined)
      throw wrong(line, `cannot read ${JSON.stringify(text[at])}`);
    const found = groups[kind]!;
    if (kind !== 'blank') tokens.push({ kind, text: found, line });
    line += found.split('\n').length - 1;
    at += found.length;
  }
  tokens.push({ kind: 'end', text: 'the end of the file', line });
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Fields up to the closing sign; up to the end of the file where that is ''. */
  message(close: string): ParsedMessage {
    const fields: ParsedMessage = new Map();
    for (;;) {
      const next = this.#take();
      if (close === '' ? next.kind === 'end' : next.text === close && next.kind === 'sign') return fields;
      if (next.kind !== 'word') throw wrong(next.line, `a field name was expected, not ${next.text}`);
      const values = fields.get(next.text) ?? [];
      values.push(...this.#values(this.#takeIf(':')));
      fields.set(next.text, values);
      if (!this.#takeIf(',')) this.#takeIf(';');
    }
  }

  #values(colon: boolean): ParsedValue[] {
    if (!this.#takeIf('[')) return [this.#value(colon)];
    const values: ParsedValue[] = [];
    while (!this.#takeIf(']')) {
      values.push(this.#value(true));
      this.#takeIf(',');
    }
    return values;
  }

  #value(scalarAllowed: boolean): ParsedValue {
    if (this.#takeIf('{')) return this.message('}');
    if (this.#takeIf('<')) return this.message('>');
    const { kind, text, line } = this.#take();
    if (!scalarAllowed) throw wrong(line, `":" or "{" was expected, not ${text}`);
    if (kind === 'string') {
      let whole = unquoted(text);
      // Literals that follow each other are one string.
      while (this.#tokens[this.#at]?.kind === 'string') whole += unquoted(this.#take().text);
      return whole;
    }
    if (kind === 'number') {
      const value = Number(text.replace(/f$/i, ''));
      if (Number.isNaN(value)) throw wrong(line, `${text} is no number`);
      return value;
    }
    if (kind !== 'word') throw wrong(line, `a value was expected, not ${text}`);
    return text === 'true' || text === 'false' ? text === 'true' : enumName(text);
  }

  #take(): Token {
    const next = this.#tokens[this.#at]!;
    if (next.kind !== 'end') this.#at += 1;
    return next;
  }

  #takeIf(sign: string): boolean {
    const next = this.#tokens[this.#at]!;
    if (next.kind !== 'sign' || next.text !== sign) return false;
    this.#at += 1;
    return true;
  }
}

const escaped: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** The text of a literal. Octal and hexadecimal escapes are bytes of UTF-8. */
function unquoted(literal: string): string {
  const bytes: number[] = [];
  const piece = /\\([0-7]{1,3})|\\[xX]([0-9a-fA-F]{1,2})|\\([\s\S])|([^\\]+)/g;
  for (const [, octal, hex, sign, plain] of literal.slice(1, -1).matchAll(piece)) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8));
    else if (hex !== undefined) bytes.push(parseInt(hex, 16));
    else if (sign !== undefined && sign in escaped) bytes.push(escaped[sign]!);
    else bytes.push(...Buffer.from(sign ?? plain ?? '', 'utf8'));
  }
  return Buffer.from(bytes).toString('utf8');
}

function wrong(line: number, what: string): InferOptError {
  return new InferOptError('usage', `line ${line}: ${what}`);
}
