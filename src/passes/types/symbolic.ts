import type { Dim } from '../../ir/types.js';

/**
 * Arithmetic on lengths of which some are known by name only. A result is a polynomial over the names, written
 * in one canonical way, so that equal lengths are equal strings: `=2*batch`, `=past+sequence`. The sign
 * in front keeps them apart from names that a file may give.
 * What is no polynomial (a quotient that does not come out even) becomes a name of its own: `=floor(height/2)`.
 * Undefined stays undefined.
 */
export class Symbolic {
  /** The polynomials behind composed strings; a string that is not here is a name. */
  readonly #polynomials = new Map<string, Polynomial>();

  add(a: Dim, b: Dim): Dim {
    if (typeof a === 'number' && typeof b === 'number') return a + b;
    if (a === undefined || b === undefined) return undefined;
    const sum = new Map(this.#parse(a));
    for (const [monomial, coefficient] of this.#parse(b)) {
      sum.set(monomial, (sum.get(monomial) ?? 0) + coefficient);
    }
    return this.#format(sum);
  }

  subtract(a: Dim, b: Dim): Dim {
    return this.add(a, this.multiply(b, -1));
  }

  multiply(a: Dim, b: Dim): Dim {
    if (typeof a === 'number' && typeof b === 'number') return a * b;
    if (a === 0 || b === 0) return 0;
    if (a === undefined || b === undefined) return undefined;
    const product = new Map<string, number>();
    for (const [left, leftCoefficient] of this.#parse(a)) {
      for (const [right, rightCoefficient] of this.#parse(b)) {
        const monomial = joined([...factors(left), ...factors(right)]);
        product.set(monomial, (product.get(monomial) ?? 0) + leftCoefficient * rightCoefficient);
      }
    }
    return this.#format(product);
  }

  product(dims: readonly Dim[]): Dim {
    return dims.reduce<Dim>((product, dim) => this.multiply(product, dim), 1);
  }

  /** a / b where it comes out even for every value of the names, else undefined. */
  divideEvenly(a: Dim, b: Dim): Dim {
    if (a === undefined || b === undefined || b === 0) return undefined;
    if (a === b) return 1;
    const divisor = [...this.#parse(b)];
    if (divisor.length !== 1) return undefined;
    const [monomial, coefficient] = divisor[0]!;
    const quotient = new Map<string, number>();
    for (const [dividend, amount] of this.#parse(a)) {
      const rest = without(factors(dividend), factors(monomial));
      if (rest === undefined || amount % coefficient !== 0) return undefined;
      quotient.set(joined(rest), amount / coefficient);
    }
    return this.#format(quotient);
  }

  /** The quotient rounded down; of lengths, that is of numbers that are not negative. */
  divide(a: Dim, b: Dim): Dim {
    if (typeof a === 'number' && typeof b === 'number')
      return b > 0 && a >= 0 ? Math.floor(a / b) : undefined;
    const even = this.divideEvenly(a, b);
    if (even !== undefined) return even;
    if (a === undefined || b === undefined || b === 0) return undefined;
    return longest >= String(a).length ? `=floor(${a}/${b})` : undefined;
  }

  #parse(dim: number | string): Polynomial {
    if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
    return this.#polynomials.get(dim) ?? new Map([[escaped(dim), 1]]);
  }

  #format(polynomial: Polynomial): Dim {
    const terms = [...polynomial].filter(([, coefficient]) => coefficient !== 0).sort(byMonomial);
    if (terms.length === 0) return 0;
    const [only] = terms;
    if (terms.some(([, coefficient]) => !Number.isSafeInteger(coefficient))) return undefined;
    if (terms.length === 1 && only![0] === '') return only![1];
    if (terms.length === 1 && only![1] === 1 && factors(only![0]).length === 1) return unescaped(only![0]);
    const text = `=${terms.map(([monomial, coefficient]) => termText(monomial, coefficient)).join('+')}`;
    if (text.length > longest) return undefined;
    this.#polynomials.set(text, new Map(terms));
    return text;
  }
}

/** From a monomial (names in order, joined) to its coefficient; the empty monomial is the constant. */
type Polynomial = ReadonlyMap<string, number>;

/** Longer expressions say nothing that anybody compares. */
const longest = 200;

/** A separator that no name has once it is escaped. */
const separator = '\u0000';

function factors(monomial: string): string[] {
  return monomial === '' ? [] : monomial.split(separator);
}

function joined(names: string[]): string {
  return names.sort().join(separator);
}

function without(all: string[], gone: readonly string[]): string[] | undefined {
  const rest = [...all];
  for (const name of gone) {
    const at = rest.indexOf(name);
    if (at < 0) return undefined;
    rest.splice(at, 1);
  }
  return rest;
}

function escaped(name: string): string {
  return name.replaceAll(separator, '\u0001');
}

function unescaped(name: string): string {
  return name.replaceAll('\u0001', separator);
}

function termText(monomial: string, coefficient: number): string {
  const names = factors(monomial).map(unescaped);
  return [...(coefficient === 1 && names.length > 0 ? [] : [String(coefficient)]), ...names].join('*');
}

function byMonomial([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? 1 : a > b ? -1 : 0;
}
