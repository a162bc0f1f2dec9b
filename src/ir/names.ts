/** Hands out names that no value or node of a model has yet. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #nextSuffix = new Map<string, number>();

  /** Marks a name as taken; subgraphs may legally repeat one. */
  claim(name: string): void {
    if (name !== '') this.#taken.add(name);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** `base` itself when free, else `base_1`, `base_2`...; the result is taken from then on. */
  fresh(base: string): string {
    let name = base;
    let suffix = this.#nextSuffix.get(base) ?? 0;
    while (name === '' || this.#taken.has(name)) {
      suffix += 1;
      name = `${base}_${suffix}`;
    }
    this.#nextSuffix.set(base, suffix);
    this.#taken.add(name);
    return name;
  }
}
