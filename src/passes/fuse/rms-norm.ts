import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { eitherOrder, isClosed } from '../arithmetic.js';
import { fusion, miss, type FusionContext } from '../fusion.js';
import { constantOf, dtypeOf, producerOf, scalarOf } from '../match.js';
import type { Pass } from '../pass.js';
import { overLastAxis, varianceUnder } from './normalization-parts.js';

interface Normalized {
  readonly input: Value;
  readonly epsilon: number;
  readonly inside: readonly Node[];
}

interface Settings {
  readonly name: string;
  readonly summary: string;
  readonly opType: string;
  readonly opset?: { readonly min: number };
}

/** x / sqrt(mean(x^2) + epsilon) * scale over the last axis, the scale a constant vector. */
function rootMeanSquare({ name, summary, opType, opset }: Settings): Pass {
  return fusion({
    name,
    summary,
    effect: 'reorders-floats',
    needs: ['shapes'],
    root: 'Mul',
    ...(opset === undefined ? {} : { opset }),
    match(node, context) {
      const output = node.outputs[0]!;
      const channels = context.facts.dimsOf(output)?.at(-1);
      if (typeof channels !== 'number') return undefined;
      const scaled = eitherOrder(node, (value) => vectorOf(value, channels));
      const found = scaled === undefined ? undefined : normalizedOf(scaled.other, context);
      if (scaled === undefined || found === undefined) return undefined;
      if (dtypeOf(found.input) !== 'float32' || dtypeOf(scaled.value) !== 'float32') return undefined;
      if (context.facts.dimsOf(found.input)?.at(-1) !== channels) return undefined;
      if (!isClosed([node, ...found.inside], output)) return miss('a part of it is read elsewhere as well');
      return { ...found, scale: scaled.value, vector: scaled.found, output, name: node.name };
    },
    rewrite({ input, epsilon, scale, vector, output, name: nodeName }, edit) {
      const weight = vector === scale.constant ? scale : edit.constant(scale.name, vector);
      const replacement = edit.node(opType, [input, weight], {
        name: nodeName,
        attributes: [
          ['axis', attribute.int(-1)],
          ['epsilon', attribute.float(epsilon)],
        ],
      }).outputs[0]!;
      replacement.type = output.type;
      edit.replace(output, replacement);
    },
  });
}

export const rmsNorm = rootMeanSquare({
  name: 'rms-norm',
  summary: 'Makes RMSNormalization out of its arithmetic over the last axis',
  opType: 'RMSNormalization',
  opset: { min: 23 },
});

/** onnxruntime has it under another name at any operator set, in the standard's domain. */
export const runtimeRmsNorm = rootMeanSquare({
  name: 'runtime-rms-norm',
  summary: "The same at operator sets before 23, as onnxruntime's SimplifiedLayerNormalization",
  opType: 'SimplifiedLayerNormalization',
});

/** A constant along the last axis alone, as a vector. */
function vectorOf(value: Value, channels: number): Tensor | undefined {
  const tensor = constantOf(value);
  if (tensor?.size !== channels || tensor.dims.at(-1) !== channels) return undefined;
  return tensor.dims.length === 1 ? tensor : Tensor.fromBytes(tensor.dtype, [channels], tensor.bytes());
}

/** x / root, x * (1 / root) or x * Reciprocal(root). */
function normalizedOf(value: Value, context: FusionContext): Normalized | undefined {
  const quotient = producerOf(value, 'Div');
  if (quotient !== undefined) return under(quotient.inputs[0], quotient.inputs[1], [quotient], context);
  const product = producerOf(value, 'Mul');
  for (const at of [0, 1]) {
    const inverse = producerOf(product?.inputs[at], 'Reciprocal', 'Div');
    if (product === undefined || inverse === undefined) continue;
    if (inverse.is('Div') && scalarOf(inverse.inputs[0]) !== 1) continue;
    const root = inverse.inputs[inverse.is('Div') ? 1 : 0];
    const found = under(product.inputs[1 - at], root, [product, inverse], context);
    if (found !== undefined) return found;
  }
  return undefined;
}

function under(
  input: Value | undefined,
  root: Value | undefined,
  nodes: readonly Node[],
  context: FusionContext,
): Normalized | undefined {
  const found = varianceUnder(root, overLastAxis(context));
  if (input === undefined || found?.squared !== input) return undefined;
  return { input, epsilon: found.epsilon, inside: [...nodes, ...found.nodes] };
}
