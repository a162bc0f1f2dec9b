import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import { InferOptError, messageOf } from '../errors.js';
import { nestsTooDeep } from '../yaml-depth.js';
import type { Gate } from './gate.js';
import { parseGate } from './parse.js';

const hint =
  "a file of gates is YAML: 'gates:' and below it lines such as '- speedup >= 1.5' or '- warn: size <= 5MB'";

/**
 * Reads the gates of a YAML file, each with the line that it stands in. A gate is a text, or `warn: TEXT` or
 * `error: TEXT`. Throws `usage` with file and line.
 */
export function parseGatesFile(text: string, file: string): Gate[] {
  if (nestsTooDeep(text))
    throw new InferOptError('usage', `${file}: it nests deeper than gates do`, { hint });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: Node | null | undefined): number => lines.linePos(node?.range?.[0] ?? 0).line;
  const fail = (line: number, message: string): InferOptError =>
    new InferOptError('usage', `${file}, line ${line}: ${message}`, { hint });
  const [broken] = document.errors;
  if (broken) throw fail(lines.linePos(broken.pos[0]).line, messageOf(broken));
  const list = isMap(document.contents) ? document.contents.get('gates', true) : undefined;
  if (!isMap(document.contents) || !isSeq(list)) throw fail(1, "expected 'gates:' with a list");
  const other = (document.contents.items as Pair<Node, Node>[]).find(
    ({ key }) => !isScalar(key) || key.value !== 'gates',
  );
  if (other) throw fail(lineOf(other.key), `expected nothing but 'gates:', and found ${String(other.key)}`);
  if (list.items.length === 0) throw fail(lineOf(list), 'expected at least one gate');
  return (list.items as Node[]).map((item) => {
    const line = lineOf(item);
    const expression = expressionOf(item);
    if (expression === undefined) throw fail(line, 'expected a gate, or warn: or error: with one');
    try {
      return { ...parseGate(expression), source: { file, line } };
    } catch (thrown) {
      if (!(thrown instanceof InferOptError)) throw thrown;
      throw new InferOptError(thrown.code, `${file}, line ${line}: ${thrown.message}`, {
        ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      });
    }
  });
}

/** The expression with its level in front, as the command line takes it. */
function expressionOf(item: Node): string | undefined {
  if (isScalar(item)) return typeof item.value === 'string' ? item.value : undefined;
  if (!isMap(item) || item.items.length !== 1) return undefined;
  const { key, value } = item.items[0] as Pair<Node, Node>;
  if (!isScalar(key) || !isScalar(value) || typeof value.value !== 'string') return undefined;
  return key.value === 'warn' || key.value === 'error' ? `${key.value}: ${value.value}` : undefined;
}
