import type { Node } from '../ir/node.js';

/** A pattern over nodes: `*` for any characters of the name, `op:Conv` for an operator. */
export function nodePattern(pattern: string): (node: Node) => boolean {
  const operator = pattern.startsWith('op:') ? textPattern(pattern.slice(3)) : undefined;
  const name = textPattern(pattern);
  return (node) => (operator === undefined ? name(node.label) : operator(node.opType));
}

/** A pattern over texts: `*` for any characters. */
export function textPattern(pattern: string): (text: string) => boolean {
  const parts = pattern.split(/\*+/);
  return (text) => matches(text, parts);
}

/** Whether the parts stand in the text in this order, the first at its start and the last at its end. */
function matches(text: string, parts: readonly string[]): boolean {
  const [first, ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first!)) return false;
  let at = first!.length;
  for (const part of rest) {
    // The leftmost place leaves most room for what follows, so that nothing else need be tried.
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
