import type { Dim } from '../../ir/types.js';
import { dtypeFromCode, type DType } from '../../tensor/dtype.js';
import type { Integers, Site } from './site.js';
import { axesOf, boundsOf, numbers } from './site.js';

/** Shape arithmetic works on as many numbers as there are dims; anything longer is data. */
export const longestIntegers = 64;

type Rule = (site: Site) => Integers | undefined;

/** What is known of a node's integer output, element by element; nothing for operators that shapes are not made with. */
export function integersOfNode(site: Site): Integers | undefined {
  const rule = site.node.domain === '' ? rules[site.node.opType] : undefined;
  const found = rule?.(site);
  if (found === undefined || found.elements.length > longestIntegers) return undefined;
  return found.elements.every((element) => element === undefined) ? undefined : found;
}

const integerTypes: ReadonlySet<DType | undefined> = new Set(['int64', 'int32'] as const);

const rules: Readonly<Record<string, Rule>> = {
  Shape: ({ node, dims }) => {
    const known = dims(0);
    if (known === undefined) return undefined;
    const from = clampIndex(node.int('start', 0), known.length);
    const to = clampIndex(node.int('end', known.length), known.length);
    return vector(known.slice(from, Math.max(from, to)));
  },
  Size: ({ dims, symbolic }) => {
    const known = dims(0);
    const size = known === undefined ? undefined : symbolic.product(known);
    return size === undefined ? undefined : { scalar: true, elements: [size] };
  },
  Identity: ({ integers }) => integers(0),
  Cast: ({ node, integers }) =>
    integerTypes.has(dtypeFromCode(node.int('to', 0))) ? integers(0) : undefined,
  Gather: ({ node, integers, dims }) => {
    const data = integers(0);
    const index = integers(1);
    const rank = dims(1)?.length;
    if (data === undefined || data.scalar || index === undefined || rank === undefined || rank > 1)
      return undefined;
    if (![0, -1].includes(node.int('axis', 0))) return undefined;
    const { length } = data.elements;
    const elements = index.elements.map((at) =>
      typeof at === 'number' ? data.elements[at < 0 ? at + length : at] : undefined,
    );
    return { scalar: rank === 0, elements };
  },
  Slice: (site) => {
    const data = site.integers(0);
    const byInputs = site.opset >= 10;
    const start = onlyOf(boundsOf(site, 1, 'starts'));
    const end = onlyOf(boundsOf(site, 2, 'ends'));
    const step = byInputs && site.node.inputs[4] !== undefined ? onlyOf(numbers(site, 4)) : 1;
    if (data === undefined || data.scalar || typeof start !== 'number' || typeof end !== 'number')
      return undefined;
    const { length } = data.elements;
    if (step === 1)
      return vector(data.elements.slice(clampIndex(start, length), Math.max(clampIndex(end, length), 0)));
    // Turned around as a whole.
    if (step === -1 && (start === -1 || start >= length - 1) && end < -length)
      return vector([...data.elements].reverse());
    return undefined;
  },
  Split: () => undefined,
  Concat: ({ node, integers, dims }) => {
    const elements: Dim[] = [];
    for (const [index] of node.inputs.entries()) {
      const part = integers(index);
      const length = dims(index)?.[0];
      if (part?.scalar === true) return undefined;
      if (part !== undefined) elements.push(...part.elements);
      else if (typeof length === 'number' && dims(index)?.length === 1 && length <= longestIntegers)
        elements.push(...new Array<Dim>(length).fill(undefined));
      else return undefined;
    }
    return vector(elements);
  },
  Unsqueeze: (site) => {
    const data = site.integers(0);
    return data?.scalar === true && axesOf(site, 1)?.length === 1 ? vector(data.elements) : undefined;
  },
  Squeeze: ({ integers }) => {
    const data = integers(0);
    return data?.scalar === false && data.elements.length === 1 ? { ...data, scalar: true } : undefined;
  },
  Reshape: (site) => {
    const data = site.integers(0);
    const target = site.node.ints('shape') ?? numbers(site, 1);
    if (data === undefined || target === undefined || target.length > 1) return undefined;
    if (target.length === 0 && data.elements.length !== 1) return undefined;
    return { ...data, scalar: target.length === 0 };
  },
  ReduceProd: (site) => {
    const data = site.integers(0);
    if (data === undefined) return undefined;
    const axes = axesOf(site, 1);
    if (axes !== undefined && !(axes.length === 1 && [0, -1].includes(axes[0]!))) return undefined;
    const product = site.symbolic.product(data.elements);
    const keeps = site.node.int('keepdims', 1) !== 0 && !data.scalar;
    return { scalar: !keeps, elements: [product] };
  },
  Add: (site) => elementwise(site, (a, b) => site.symbolic.add(a, b)),
  Sub: (site) => elementwise(site, (a, b) => site.symbolic.subtract(a, b)),
  Mul: (site) => elementwise(site, (a, b) => site.symbolic.multiply(a, b)),
  // Rounding of negative quotients is not the same everywhere; shapes have none.
  Div: (site) => elementwise(site, (a, b) => site.symbolic.divide(a, b)),
  Max: (site) => elementwise(site, (a, b) => comparable(a, b, Math.max)),
  Min: (site) => elementwise(site, (a, b) => comparable(a, b, Math.min)),
  Where: (site) => {
    const [yes, no] = [site.integers(1), site.integers(2)];
    const same =
      yes !== undefined &&
      yes.elements.length === no?.elements.length &&
      yes.elements.every((element, index) => element !== undefined && element === no.elements[index]);
    const condition = site.dims(0);
    return same &&
      condition !== undefined &&
      condition.length <= 1 &&
      [1, yes.elements.length].includes(condition.length === 0 ? 1 : Number(condition[0]))
      ? { scalar: yes.scalar && no.scalar && condition.length === 0, elements: yes.elements }
      : undefined;
  },
};

function comparable(a: Dim, b: Dim, choose: (a: number, b: number) => number): Dim {
  if (a === b) return a;
  return typeof a === 'number' && typeof b === 'number' ? choose(a, b) : undefined;
}

function elementwise(site: Site, operation: (a: Dim, b: Dim) => Dim): Integers | undefined {
  if (site.node.inputs.length !== 2) return undefined;
  const a = site.integers(0);
  const b = site.integers(1);
  if (a === undefined || b === undefined) return undefined;
  const lengths = [a.elements.length, b.elements.length];
  const length = lengths.includes(0) ? 0 : Math.max(...lengths);
  if (lengths.some((one) => one !== 1 && one !== length)) return undefined;
  const elements = Array.from({ length }, (_, index): Dim => {
    const result = operation(
      a.elements[a.elements.length === 1 ? 0 : index],
      b.elements[b.elements.length === 1 ? 0 : index],
    );
    return typeof result === 'number' && !Number.isSafeInteger(result) ? undefined : result;
  });
  return { scalar: a.scalar && b.scalar, elements };
}

function vector(elements: readonly Dim[]): Integers {
  return { scalar: false, elements };
}

function onlyOf(list: readonly Dim[] | undefined): Dim {
  return list?.length === 1 ? list[0] : undefined;
}

function clampIndex(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}
