import type { Node } from '../ir/node.js';

/** Decides by `--exclude`: patterns over node names, `*` for any characters, `op:Conv` for an operator. */
export class Exclusions {
  readonly #patterns: readonly { readonly text: string; readonly test: (node: Node) => boolean }[];
  readonly #used = new Set<string>();

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((text) => ({ text, test: matcher(text) }));
  }

  readonly excludes = (node: Node): boolean => {
    const found = this.#patterns.filter(({ test }) => test(node));
    for (const { text } of found) this.#used.add(text);
    return found.length > 0;
  };

  /** Patterns that no node has matched: most likely a slip. */
  unused(): string[] {
    return this.#patterns.map(({ text }) => text).filter((text) => !this.#used.has(text));
  }
}

function matcher(pattern: string): (node: Node) => boolean {
  const operator = pattern.startsWith('op:') ? pattern.slice(3) : undefined;
  const parts = (operator ?? pattern).split(/\*+/);
  return (node) => matches(operator === undefined ? node.label : node.opType, parts);
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
