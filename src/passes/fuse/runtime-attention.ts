import { attribute } from '../../ir/attribute.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { eitherOrder } from '../arithmetic.js';
import type { Edit } from '../edit.js';
import { fusion, miss, Miss, type FusionContext } from '../fusion.js';
import { constantOf, dtypeOf, producerOf } from '../match.js';
import type { Pass } from '../pass.js';
import { attentionOf, type AttentionMatch } from './attention-pattern.js';
import { needsRuntimeDomain, runtimeDomain } from './runtime-domain.js';

/** x W + b, the weight [inputs, columns] and the bias [columns] constant. */
interface Projection {
  readonly input: Value;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

interface Projections {
  readonly input: Value;
  /** [inputs, 3 * columns]: query, key and value beside each other. */
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly name: string;
}

const pattern = fusion({
  name: 'runtime-attention',
  summary: "Makes onnxruntime's Attention out of self-attention with its three projections",
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Reshape',
  opset: { min: 7 },
  match(node, context) {
    const found = attentionOf(node, context);
    if (found === undefined) return undefined;
    const projections = packed(found) ?? separate(found);
    if (projections === undefined || projections instanceof Miss) return projections;
    const mask = maskOf(found, context);
    return mask instanceof Miss ? mask : { ...found, projections, mask, name: node.name };
  },
  rewrite({ projections, mask, heads, scale, output, name }, edit) {
    const weight = edit.constant(`${projections.name}_qkv`, projections.weight);
    const bias = edit.constant(`${projections.name}_qkv_bias`, projections.bias);
    const inputs = [projections.input, weight, bias];
    const attention = edit.node(
      'Attention',
      mask === undefined ? inputs : [...inputs, undefined, undefined, squareMask(mask, edit)],
      {
        name,
        domain: runtimeDomain,
        attributes: [
          ['num_heads', attribute.int(heads)],
          ['scale', attribute.float(scale)],
        ],
      },
    );
    attention.outputs[0]!.type = output.type;
    edit.replace(output, attention.outputs[0]!);
  },
});

/** Projections and heads in one kernel, which measures faster than MatMul, Transpose and Softmax apart. */
export const runtimeAttention: Pass = needsRuntimeDomain(pattern);

function separate({ query, key, value, heads, width }: AttentionMatch): Projections | Miss | undefined {
  const parts = [query, key, value].map((one) => projectionOf(one, heads * width));
  const [q, k, v] = parts;
  if (q === undefined || k === undefined || v === undefined) return undefined;
  if (q.input !== k.input || q.input !== v.input) return miss('its projections read different values');
  const shared = [query, key, value].some((one) => producedWeight(one)?.useCount !== 1);
  if (shared) return miss('a weight of its projections is read elsewhere as well');
  const columns = heads * width;
  const rows = q.weight.dims[0]!;
  const weight = new Float32Array(rows * 3 * columns);
  const bias = new Float32Array(3 * columns);
  [q, k, v].forEach((part, at) => {
    const values = part.weight.toNumbers();
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++)
        weight[(row * 3 + at) * columns + column] = values[row * columns + column]!;
    }
    if (part.bias !== undefined) bias.set(part.bias.toFloat32(), at * columns);
  });
  return {
    input: q.input,
    weight: Tensor.float32([rows, 3 * columns], weight),
    bias: Tensor.float32([3 * columns], bias),
    name: producedWeight(query)!.name,
  };
}

/** One product that is split in three. */
function packed({ query, key, value, heads, width }: AttentionMatch): Projections | undefined {
  const split = producerOf(query, 'Split');
  const columns = heads * width;
  const parts = [query, key, value];
  if (split?.outputs.length !== 3 || parts.some((part, at) => split.outputs[at] !== part)) return undefined;
  // Their dims tell how and where it splits; nobody else may read the parts.
  if (parts.some((part) => part.soleConsumer === undefined)) return undefined;
  const axis = split.int('axis', 0);
  const whole = split.inputs[0];
  if (whole?.soleConsumer === undefined || (axis !== -1 && axis !== 2)) return undefined;
  const found = projectionOf(whole, 3 * columns);
  if (found === undefined || producedWeight(whole)?.useCount !== 1) return undefined;
  return {
    input: found.input,
    weight: found.weight,
    bias: found.bias ?? Tensor.float32([3 * columns], new Float32Array(3 * columns)),
    name: producedWeight(whole)!.name,
  };
}

function projectionOf(value: Value, columns: number): Projection | undefined {
  const sum = producerOf(value, 'Add');
  const added = eitherOrder(sum, constantOf);
  const product = producerOf(added?.other ?? value, 'MatMul');
  const [input, weightValue] = product?.inputs ?? [];
  const weight = constantOf(weightValue);
  const bias = added?.found;
  if (product?.outputs[0]?.soleConsumer === undefined || value.soleConsumer === undefined) return undefined;
  if (input === undefined || weight?.dims.length !== 2 || weight.dims[1] !== columns) return undefined;
  if (weight.dtype !== 'float32' || dtypeOf(input) === 'float16') return undefined;
  if (bias !== undefined && (bias.size !== columns || bias.dims.at(-1) !== columns)) return undefined;
  return { input, weight, bias };
}

function producedWeight(value: Value): Value | undefined {
  const product =
    producerOf(value, 'MatMul') ??
    producerOf(eitherOrder(producerOf(value, 'Add'), constantOf)?.other, 'MatMul');
  return product?.inputs[1];
}

interface Mask {
  readonly value: Value;
  /** A length of each axis that it must be expanded to first; undefined where it already is [.., .., queries, keys]. */
  readonly expand: { readonly queries: number | Value } | undefined;
}

/** The operator broadcasts a mask over batch and heads, but not over queries and keys. */
function maskOf({ mask, query, key }: AttentionMatch, { facts }: FusionContext): Mask | Miss | undefined {
  if (mask === undefined) return undefined;
  const dims = facts.dimsOf(mask);
  const [batch, queries] = facts.dimsOf(query)!;
  const keys = facts.dimsOf(key)![1];
  if (dims?.length !== 4 || dims[3] === undefined || dims[3] !== keys)
    return miss('its mask does not lie along the keys');
  if (dims[0] !== 1 && dims[0] !== batch) return miss('the batch of its mask is another one');
  if (dims[1] !== 1) return miss('it has a mask for each head');
  if (dims[2] === queries) return { value: mask, expand: undefined };
  if (dims[2] !== 1) return miss('its mask does not lie along the queries');
  return { value: mask, expand: { queries: typeof queries === 'number' ? queries : query } };
}

function squareMask({ value, expand }: Mask, edit: Edit): Value {
  if (expand === undefined) return value;
  const integers = (...list: number[]): Value =>
    edit.constant(`${value.name}_dims`, Tensor.int64([list.length], list));
  const { queries } = expand;
  if (typeof queries === 'number')
    return edit.node('Expand', [value, integers(1, 1, queries, 1)]).outputs[0]!;
  const shape = edit.node('Shape', [queries]).outputs[0]!;
  const along = [['axis', attribute.int(0)]] as const;
  const length = edit.node('Gather', [shape, integers(1)], { attributes: along }).outputs[0]!;
  const target = edit.node('Concat', [integers(1, 1), length, integers(1)], { attributes: along });
  return edit.node('Expand', [value, target.outputs[0]!]).outputs[0]!;
}
