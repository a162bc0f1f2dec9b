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
  const expression = wildcard(operator ?? pattern);
  return (node) => expression.test(operator === undefined ? node.label : node.opType);
}

/** A pattern as an expression without backtracking traps: every character but `*` stands for itself. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
