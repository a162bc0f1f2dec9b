import type { Node } from '../../ir/node.js';
import type { Dim } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { eitherOrder, isClosed, withScalar } from '../arithmetic.js';
import type { FusionContext } from '../fusion.js';
import { dtypeOf, producerOf } from '../match.js';

/** softmax(query key^T * scale + mask) value, head by head, between what is split into heads and what is joined again. */
export interface AttentionMatch {
  /** Each [batch, positions, heads * width]. */
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly heads: number;
  /** Of a head. */
  readonly width: number;
  readonly scale: number;
  /** Added to the scores, and broadcasts over [batch, heads, queries, keys]. */
  readonly mask: Value | undefined;
  /** [batch, queries, heads * width]. */
  readonly output: Value;
}

const splitForward = '0,2,1,3';
const splitTransposed = '0,2,3,1';

/** The match whose heads are joined by this Reshape; float32 alone. */
export function attentionOf(join: Node, context: FusionContext): AttentionMatch | undefined {
  const output = join.outputs[0];
  const merge = turned(join.inputs[0], splitForward);
  const mix = producerOf(merge?.inputs[0], 'MatMul');
  const softmax = producerOf(mix?.inputs[0], 'Softmax');
  if (output === undefined || merge === undefined || mix === undefined || softmax === undefined)
    return undefined;
  if (!isOverLastAxis(softmax) || dtypeOf(output) !== 'float32') return undefined;
  const scores = scoresOf(softmax.inputs[0], context);
  const value = headsOf(mix.inputs[1], splitForward, context);
  if (scores === undefined || value === undefined) return undefined;
  const { query, key } = scores;
  if (query.heads !== value.heads || key.heads !== value.heads || query.width !== value.width)
    return undefined;
  if (key.width !== value.width || !same(query.dims[0], key.dims[0]) || !same(query.dims[0], value.dims[0]))
    return undefined;
  if (!same(key.dims[1], value.dims[1])) return undefined;
  const joined = context.facts.dimsOf(output);
  if (joined?.length !== 3 || joined.some((dim, axis) => !same(dim, query.dims[axis]))) return undefined;
  const inside = [join, merge, mix, softmax, ...scores.nodes, ...value.nodes];
  if (!isClosed(inside, output)) return undefined;
  return {
    query: query.input,
    key: key.input,
    value: value.input,
    heads: query.heads,
    width: query.width,
    scale: scores.scale,
    mask: scores.mask,
    output,
  };
}

interface Heads {
  readonly input: Value;
  readonly dims: readonly Dim[];
  readonly heads: number;
  readonly width: number;
  readonly nodes: readonly Node[];
}

/** [batch, positions, heads * width] to [batch, heads, positions, width], or with the last two the other way round. */
function headsOf(value: Value | undefined, perm: string, { facts }: FusionContext): Heads | undefined {
  const transpose = turned(value, perm);
  const reshape = producerOf(transpose?.inputs[0], 'Reshape');
  const input = reshape?.inputs[0];
  const [dims, split] = [facts.dimsOf(input), facts.dimsOf(reshape?.outputs[0])];
  if (transpose === undefined || reshape === undefined || input === undefined) return undefined;
  if (dims?.length !== 3 || split?.length !== 4) return undefined;
  const [heads, width] = [split[2], split[3]];
  if (typeof heads !== 'number' || typeof width !== 'number' || dims[2] !== heads * width) return undefined;
  if (!same(dims[0], split[0]) || !same(dims[1], split[1])) return undefined;
  return { input, dims, heads, width, nodes: [transpose, reshape] };
}

interface Scores {
  readonly query: Heads;
  readonly key: Heads;
  readonly scale: number;
  readonly mask: Value | undefined;
  readonly nodes: readonly Node[];
}

/** The product of query and key, scaled before or behind it, and a mask added where there is one. */
function scoresOf(value: Value | undefined, context: FusionContext): Scores | undefined {
  const plain = productOf(value, context);
  if (plain !== undefined) return { ...plain, mask: undefined };
  const sum = producerOf(value, 'Add');
  const masked = eitherOrder(sum, (operand) => productOf(operand, context));
  if (sum === undefined || masked === undefined) return undefined;
  return { ...masked.found, mask: masked.other, nodes: [sum, ...masked.found.nodes] };
}

function productOf(value: Value | undefined, context: FusionContext): Omit<Scores, 'mask'> | undefined {
  const scaled = withScalar(value, 'Mul');
  const product = producerOf(scaled?.input ?? value, 'MatMul');
  const before = withScalar(product?.inputs[0], 'Mul');
  const query = headsOf(before?.input ?? product?.inputs[0], splitForward, context);
  const key = headsOf(product?.inputs[1], splitTransposed, context);
  if (product === undefined || query === undefined || key === undefined) return undefined;
  const scalings = [scaled?.node, before?.node].filter((node) => node !== undefined);
  return {
    query,
    key,
    scale: (scaled?.scalar ?? 1) * (before?.scalar ?? 1),
    nodes: [product, ...scalings, ...query.nodes, ...key.nodes],
  };
}

function turned(value: Value | undefined, perm: string): Node | undefined {
  const transpose = producerOf(value, 'Transpose');
  return transpose?.ints('perm')?.join() === perm ? transpose : undefined;
}

function isOverLastAxis(softmax: Node): boolean {
  const axis = softmax.int('axis', -1);
  // The scores have four axes; before opset 13 the axis was where they are flattened, which is the same for the last.
  return axis === -1 || axis === 3;
}

function same(a: Dim, b: Dim): boolean {
  return a !== undefined && a === b;
}
