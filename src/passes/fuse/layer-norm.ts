import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { eitherOrder, isClosed } from '../arithmetic.js';
import { fusion, miss, type FusionContext } from '../fusion.js';
import type { Pass } from '../pass.js';
import { constantOf, dtypeOf, producerOf } from '../match.js';
import { centredOf, overLastAxis, varianceUnder } from './normalization-parts.js';

interface Normalized {
  readonly input: Value;
  readonly epsilon: number;
  readonly inside: readonly Node[];
  /** Where the scale stands that some exporters multiply into the factor, before the mean is taken off. */
  readonly scale?: Value;
  readonly shift?: Value;
}

interface Settings {
  readonly name: string;
  readonly summary: string;
  /** The first operator set that has the operator, or none where the runtime has it at any. */
  readonly opset?: { readonly min: number };
}

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + shift over the last axis, as PyTorch and TensorFlow write it.
 * Scale and shift are constants of that axis; a scale that is left out is made, of ones.
 */
function layerNormalization({ name, summary, opset }: Settings): Pass {
  return fusion({
    name,
    summary,
    effect: 'reorders-floats',
    needs: ['shapes'],
    root: ['Add', 'Mul', 'Div'],
    ...(opset === undefined ? {} : { opset }),
    match(node, context) {
      const output = node.outputs[0]!;
      const channels = context.facts.dimsOf(output)?.at(-1);
      if (typeof channels !== 'number') return undefined;
      const isVector = (value: Value | undefined): boolean => {
        const tensor = constantOf(value);
        return (
          tensor !== undefined &&
          tensor.size === channels &&
          tensor.dims.every((dim, axis) => dim === 1 || axis === tensor.dims.length - 1)
        );
      };
      const found = formOf(node, context, isVector);
      if (found === undefined) return undefined;
      const dtype = dtypeOf(found.input) ?? dtypeOf(output);
      if (dtype !== 'float32' && dtype !== 'float16') return undefined;
      // What is taken as the input must be what the result is shaped like.
      if (context.facts.dimsOf(found.input)?.at(-1) !== channels) return undefined;
      if (!isClosed(found.inside, output)) return miss('a part of it is read elsewhere as well');
      // A larger match may start at the reader.
      if (node.is('Mul', 'Div') && continues(node, isVector)) return undefined;
      return { ...found, dtype, channels, output, name: node.name };
    },
    rewrite({ input, epsilon, scale, shift, dtype, channels, output, name: nodeName }, edit) {
      const attributes = [
        ['axis', attribute.int(-1)],
        ['epsilon', attribute.float(epsilon)],
      ] as const;
      const vector = (value: Value): Value => {
        const tensor = constantOf(value)!;
        return tensor.dims.length === 1
          ? value
          : edit.constant(value.name, Tensor.fromBytes(tensor.dtype, [tensor.size], tensor.bytes()));
      };
      const ones = (): Value =>
        edit.constant(
          `${output.name}_scale`,
          Tensor.fromNumbers(dtype, [channels], new Array<number>(channels).fill(1)),
        );
      const inputs = [
        input,
        scale === undefined ? ones() : vector(scale),
        ...(shift === undefined ? [] : [vector(shift)]),
      ];
      const replacement = edit.node('LayerNormalization', inputs, { name: nodeName, attributes }).outputs[0]!;
      replacement.type = output.type;
      edit.replace(output, replacement);
    },
  });
}

export const layerNorm = layerNormalization({
  name: 'layer-norm',
  summary: 'Makes LayerNormalization out of its arithmetic over the last axis',
  opset: { min: 17 },
});

/** onnxruntime knows the operator under any operator set of the standard. */
export const layerNormAnyOpset = layerNormalization({
  name: 'layer-norm-any-opset',
  summary: 'The same at operator sets before 17, where onnxruntime alone has the operator',
});

function formOf(node: Node, context: FusionContext, isVector: IsVector): Normalized | undefined {
  if (node.is('Add')) return pyTorchForm(node, context, isVector) ?? tensorFlowForm(node, context, isVector);
  return node.is('Mul') ? scaledForm(node, context, isVector) : plainForm(node, context);
}

/** True when what the node computes is only scaled or shifted on. */
function continues(node: Node, isVector: IsVector): boolean {
  const reader = node.outputs[0]!.soleConsumer;
  const allowed = node.is('Div') ? ['Mul', 'Add'] : ['Add'];
  return reader?.is(...allowed) === true && reader.inputs.some((value) => isVector(value));
}

type IsVector = (value: Value | undefined) => boolean;

/** d / sqrt(mean(d^2) + epsilon) * scale + shift with d = x - mean(x); the scale may be left out. */
function pyTorchForm(add: Node, context: FusionContext, isVector: IsVector): Normalized | undefined {
  const sum = eitherOrder(add, (value) => (isVector(value) ? true : undefined));
  const before = producerOf(sum?.other, 'Mul', 'Div');
  if (sum === undefined || before === undefined) return undefined;
  const found = before.is('Mul') ? scaledForm(before, context, isVector) : plainForm(before, context);
  return found === undefined ? undefined : { ...found, shift: sum.value, inside: [add, ...found.inside] };
}

function scaledForm(product: Node, context: FusionContext, isVector: IsVector): Normalized | undefined {
  const scaled = eitherOrder(product, (value) => (isVector(value) ? true : undefined));
  const quotient = producerOf(scaled?.other, 'Div');
  const found = quotient === undefined ? undefined : plainForm(quotient, context);
  if (scaled === undefined || found === undefined) return undefined;
  return { ...found, scale: scaled.value, inside: [product, ...found.inside] };
}

function plainForm(quotient: Node, context: FusionContext): Normalized | undefined {
  const [deviation, root] = quotient.inputs;
  const variance = varianceUnder(root, overLastAxis(context));
  const centred = centredOf(deviation, overLastAxis(context));
  if (variance === undefined || centred === undefined || variance.squared !== deviation) return undefined;
  return {
    input: centred.input,
    epsilon: variance.epsilon,
    inside: [quotient, ...variance.nodes, ...centred.nodes],
  };
}

/** x * f + (shift - mean * f) with f = scale / sqrt(variance + epsilon). */
function tensorFlowForm(add: Node, context: FusionContext, isVector: IsVector): Normalized | undefined {
  for (const at of [0, 1]) {
    const product = producerOf(add.inputs[at], 'Mul');
    const rest = producerOf(add.inputs[1 - at], 'Sub');
    const offset = producerOf(rest?.inputs[1], 'Mul');
    if (product === undefined || rest === undefined || offset === undefined || !isVector(rest.inputs[0]))
      continue;
    for (const place of [0, 1]) {
      const [factor, input] = [product.inputs[place], product.inputs[1 - place]];
      const scaling = producerOf(factor, 'Mul');
      const scaled = eitherOrder(scaling, (value) => (isVector(value) ? true : undefined));
      const inverse = producerOf(scaled?.other, 'Reciprocal');
      const variance = varianceUnder(inverse?.inputs[0], overLastAxis(context));
      if (
        scaling === undefined ||
        scaled === undefined ||
        inverse === undefined ||
        variance === undefined ||
        input === undefined
      )
        continue;
      const centred = centredOf(variance.squared, overLastAxis(context));
      const mean = eitherOrder(offset, (value) => (value === factor ? true : undefined))?.other;
      if (centred?.input !== input || mean !== centred.mean) continue;
      return {
        input,
        epsilon: variance.epsilon,
        scale: scaled.value,
        shift: rest.inputs[0]!,
        inside: [add, product, rest, offset, scaling, inverse, ...variance.nodes, ...centred.nodes],
      };
    }
  }
  return undefined;
}
