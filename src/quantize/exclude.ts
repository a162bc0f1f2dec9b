import type { Node } from '../ir/node.js';
import { nodePattern } from './name-pattern.js';

interface Pattern {
  readonly text: string;
  readonly test: (node: Node) => boolean;
}

/** Decides by `--exclude` and `--include` which nodes are left as they are: patterns over nodes, see `nodePattern`. */
export class Exclusions {
  readonly #exclude: readonly Pattern[];
  readonly #include: readonly Pattern[];
  readonly #used = new Set<string>();

  /** @param include all others are left as they are, where there are any */
  constructor(exclude: readonly string[], include: readonly string[] = []) {
    const compiled = (text: string): Pattern => ({ text, test: nodePattern(text) });
    this.#exclude = exclude.map(compiled);
    this.#include = include.map(compiled);
  }

  readonly excludes = (node: Node): boolean => {
    const excluded = this.#matches(this.#exclude, node);
    const included = this.#matches(this.#include, node);
    return excluded || (this.#include.length > 0 && !included);
  };

  /** Patterns that no node has matched: most likely a slip. */
  unused(): string[] {
    return [...this.#exclude, ...this.#include]
      .map(({ text }) => text)
      .filter((text) => !this.#used.has(text));
  }

  #matches(patterns: readonly Pattern[], node: Node): boolean {
    const found = patterns.filter(({ test }) => test(node));
    for (const { text } of found) this.#used.add(text);
    return found.length > 0;
  }
}
