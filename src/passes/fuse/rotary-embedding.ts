import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { isClosed } from '../arithmetic.js';
import { fusion, miss, type FusionContext } from '../fusion.js';
import { constantOf, dtypeOf, integersOf, producerOf } from '../match.js';
import type { Pass } from '../pass.js';
import { needsRuntimeDomain, runtimeDomain } from './runtime-domain.js';

/** Cosines or sines [positions, width], and which of them are taken: from the first on, or those at given places. */
interface Angles {
  readonly table: Tensor;
  readonly name: string;
  readonly places: Value | undefined;
  readonly nodes: readonly Node[];
}

/**
 * x * cos + rotate(x) * sin over [batch, heads, positions, width], where rotate puts the second half, with its sign
 * changed, in front of the first; both halves of the tables are the same. Half of them is what the operator takes.
 */
const pattern = fusion({
  name: 'rotary-embedding',
  summary: "Makes onnxruntime's RotaryEmbedding out of products with tables of cosines and sines",
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Add',
  opset: { min: 7 },
  match(node, context) {
    const output = node.outputs[0]!;
    const dims = context.facts.dimsOf(output);
    const width = dims?.[3];
    if (dims?.length !== 4 || typeof width !== 'number' || dtypeOf(output) !== 'float32') return undefined;
    for (const at of [0, 1]) {
      const [straight, turned] = [producerOf(node.inputs[at], 'Mul'), producerOf(node.inputs[1 - at], 'Mul')];
      const rotated = rotationIn(turned);
      if (straight === undefined || turned === undefined || rotated === undefined) continue;
      const { input } = rotated;
      const cosine = anglesOf(otherOf(straight, input), context);
      const sine = anglesOf(otherOf(turned, rotated.value), context);
      if (cosine === undefined || sine === undefined) continue;
      if (context.facts.dimsOf(input)?.some((dim, axis) => dim !== dims[axis])) return undefined;
      if (cosine.places !== sine.places) return miss('cosines and sines are taken from different places');
      const tables = [halfOf(cosine.table, width), halfOf(sine.table, width)];
      if (tables.includes(undefined)) return miss('the halves of a table are not the same');
      // The tables may serve other heads and layers as well.
      if (!isClosed([node, straight, turned, ...rotated.nodes], output))
        return miss('a part of it is read elsewhere as well');
      return { input, cosine, sine, tables: tables as Tensor[], output, name: node.name };
    }
    return undefined;
  },
  rewrite({ input, cosine, sine, tables, output, name }, edit) {
    const places = cosine.places ?? edit.constant('first_position', Tensor.int64([1], [0]));
    const inputs = [
      input,
      places,
      edit.constant(`${cosine.name}_half`, tables[0]!),
      edit.constant(`${sine.name}_half`, tables[1]!),
    ];
    const attributes = [['interleaved', attribute.int(0)]] as const;
    const replacement = edit.node('RotaryEmbedding', inputs, { name, domain: runtimeDomain, attributes });
    replacement.outputs[0]!.type = output.type;
    edit.replace(output, replacement.outputs[0]!);
  },
});

export const rotaryEmbedding: Pass = needsRuntimeDomain(pattern);

/** Concat(-x2, x1) of the two halves of x along the last axis, among the operands of a product. */
function rotationIn(
  product: Node | undefined,
): { readonly value: Value; readonly input: Value; readonly nodes: readonly Node[] } | undefined {
  for (const value of product?.inputs ?? []) {
    const concat = producerOf(value, 'Concat');
    const negated = producerOf(concat?.inputs[0], 'Neg');
    const split = producerOf(negated?.inputs[0], 'Split');
    if (value === undefined || concat?.inputs.length !== 2 || negated === undefined || split === undefined)
      continue;
    const [first, second] = split.outputs;
    const [axis, over] = [concat.int('axis', 0), split.int('axis', 0)];
    if (![-1, 3].includes(axis) || ![-1, 3].includes(over) || split.outputs.length !== 2) continue;
    if (negated.inputs[0] !== second || concat.inputs[1] !== first) continue;
    return { value, input: split.inputs[0]!, nodes: [concat, negated, split] };
  }
  return undefined;
}

function otherOf(product: Node, operand: Value): Value | undefined {
  const at = product.inputs.indexOf(operand);
  return at < 0 ? undefined : product.inputs[1 - at];
}

/** A table that broadcasts over batch and heads, its beginning, or rows of it for each sequence of the batch. */
function anglesOf(value: Value | undefined, { facts }: FusionContext): Angles | undefined {
  const whole = tableOf(value);
  if (whole !== undefined) return { table: whole, name: value!.name, places: undefined, nodes: [] };
  const slice = producerOf(value, 'Slice');
  const cut = tableOf(slice?.inputs[0]);
  if (slice !== undefined && cut !== undefined) {
    const rank = slice.inputs[0]!.constant!.dims.length;
    const [starts, axes, steps] = [1, 3, 4].map((index) => integersOf(slice.inputs[index]));
    const isStart =
      starts?.length === 1 && starts[0] === 0 && (slice.inputs[4] === undefined || steps?.[0] === 1);
    if (!isStart || axes?.length !== 1 || ![rank - 2, -2].includes(axes[0]!)) return undefined;
    return { table: cut, name: value!.name, places: undefined, nodes: [slice] };
  }
  const unsqueeze = producerOf(value, 'Unsqueeze');
  const axes = unsqueeze?.ints('axes') ?? integersOf(unsqueeze?.inputs[1]);
  const gather = producerOf(unsqueeze?.inputs[0], 'Gather');
  const rows = constantOf(gather?.inputs[0]);
  const places = gather?.inputs[1];
  if (unsqueeze === undefined || gather === undefined || axes?.join() !== '1' || rows?.dims.length !== 2)
    return undefined;
  if (gather.int('axis', 0) !== 0 || dtypeOf(places) !== 'int64' || facts.dimsOf(places)?.length !== 2)
    return undefined;
  return { table: rows, name: value!.name, places, nodes: [unsqueeze, gather] };
}

/** A constant [positions, width], with any number of ones in front. */
function tableOf(value: Value | undefined): Tensor | undefined {
  const tensor = constantOf(value);
  if (tensor?.dtype !== 'float32' || tensor.dims.length < 2) return undefined;
  return tensor.dims.slice(0, -2).every((dim) => dim === 1) ? tensor : undefined;
}

/** The first half of every row, where the second is the same. */
function halfOf(table: Tensor, width: number): Tensor | undefined {
  const [rows, columns] = [table.dims.at(-2)!, table.dims.at(-1)!];
  if (columns !== width || width % 2 !== 0) return undefined;
  const half = width / 2;
  const values = table.toNumbers();
  const first = new Float32Array(rows * half);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < half; column++) {
      const one = values[row * width + column]!;
      if (one !== values[row * width + half + column]!) return undefined;
      first[row * half + column] = one;
    }
  }
  return Tensor.float32([rows, half], first);
}
