import { attribute } from '../../../ir/attribute.js';
import type { Model } from '../../../ir/model.js';
import type { Node } from '../../../ir/node.js';
import { tensorType } from '../../../ir/types.js';
import type { Value } from '../../../ir/value.js';
import { Tensor } from '../../../tensor/tensor.js';
import type { Fix } from './fix.js';

/** Operators that hand integers on as they are. */
const movers = new Set([
  'Reshape',
  'Flatten',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'Split',
  'MaxPool',
  'Gather',
]);

/**
 * Rewrites quantization with zero points, unsigned integers or integer biases into the symmetric int8 that TensorRT
 * takes. What was unsigned around 128 keeps every number; any other range is covered by a coarser scale. Integers whose
 * origin is no QuantizeLinear (a model that takes bytes) are turned into floats by arithmetic.
 */
export const symmetric: Fix = {
  name: 'symmetric',
  summary: 'makes quantization symmetric int8, and biases float',
  apply(model) {
    const counts = { biases: 0, weights: 0, activations: 0, inputs: 0 };
    for (const graph of model.graphs()) {
      for (const node of graph.nodes()) {
        if (!node.is('DequantizeLinear')) continue;
        const data = node.inputs[0];
        if (data?.constant === undefined) continue;
        if (data.constant.dtype === 'int32') counts.biases += Number(toFloat(node));
        else if (isToBeMended(node)) counts.weights += Number(mendConstant(node));
      }
      const made = new Map<string, readonly [scale: Value, zeroPoint: Value]>();
      for (const node of graph.nodes()) {
        if (!node.is('QuantizeLinear', 'DequantizeLinear') || !isToBeMended(node)) continue;
        if (leavesTheGraph(node)) continue;
        if (node.is('DequantizeLinear') && !comesFromQuantize(node))
          counts.inputs += Number(toArithmetic(node));
        else counts.activations += Number(mendActivation(node, made));
      }
    }
    dropUnused(model);
    const say = (count: number, text: string): string[] => (count === 0 ? [] : [`${count} ${text}`]);
    return [
      ...say(counts.activations, 'QuantizeLinear and DequantizeLinear of activations are now symmetric int8'),
      ...say(counts.weights, 'quantized weights are now symmetric int8'),
      ...say(counts.biases, 'integer biases are now float'),
      ...say(counts.inputs, 'DequantizeLinear of integer inputs are now arithmetic'),
    ];
  },
};

function isToBeMended(node: Node): boolean {
  const zeroPoint = node.inputs[2];
  if (zeroPoint === undefined)
    return node.inputs[0]?.constant?.dtype !== 'int8' && !node.attributes.has('output_dtype');
  const { constant } = zeroPoint;
  if (constant === undefined) return false;
  if (constant.dtype === 'uint8') return true;
  return constant.dtype === 'int8' && Array.from(constant.toNumbers()).some((value) => value !== 0);
}

/** Integers that the graph gives out have the type that its caller expects. */
function leavesTheGraph(node: Node): boolean {
  return (
    node.is('QuantizeLinear') && follows(node.outputs[0]!, new Set()).some((value) => value.isGraphOutput)
  );
}

function follows(value: Value, seen: Set<Value>): Value[] {
  if (seen.has(value)) return [];
  seen.add(value);
  const next = value.consumers.filter((node) => movers.has(node.opType) && node.inputs[0] === value);
  return [
    value,
    ...next.flatMap((node) => node.outputs.flatMap((output) => (output ? follows(output, seen) : []))),
  ];
}

function comesFromQuantize(node: Node): boolean {
  let producer = node.inputs[0]?.producer;
  while (producer !== undefined && movers.has(producer.opType)) producer = producer.inputs[0]?.producer;
  return producer?.is('QuantizeLinear') === true;
}

/** One scale and zero point for equal old ones, so that integers that are moved between two nodes stay what they are. */
function mendActivation(node: Node, made: Map<string, readonly [Value, Value]>): boolean {
  const scale = node.inputs[1]?.constant;
  const zeroPoint = node.inputs[2]?.constant;
  if (scale === undefined || (node.inputs[2] !== undefined && zeroPoint === undefined)) return false;
  const [scales, zeros] = [scale.toNumbers(), zeroPoint?.toNumbers()];
  const unsigned = zeroPoint?.dtype !== 'int8';
  const key = `${unsigned} ${Array.from(scales).join()} ${Array.from(zeros ?? []).join()}`;
  let pair = made.get(key);
  if (pair === undefined) {
    const mended = Array.from(scales, (one, index) => symmetricScale(one, zeros?.[index] ?? 0, unsigned));
    pair = [
      node.graph.addConstant(`${node.inputs[1]!.name}_symmetric`, Tensor.float32(scale.dims, mended)),
      node.graph.addConstant('zero_point', Tensor.of('int8', scale.dims, new Int8Array(scales.length))),
    ];
    made.set(key, pair);
  }
  node.setInput(1, pair[0]);
  node.setInput(2, pair[1]);
  if (node.is('QuantizeLinear')) retype(node.outputs[0]!, new Set());
  return true;
}

function retype(value: Value, seen: Set<Value>): void {
  for (const one of follows(value, seen))
    if (one.type?.kind === 'tensor') one.type = tensorType('int8', one.type.dims);
}

/** The scale of a symmetric int8 that covers what the old integers did; unchanged where they only lay 128 higher. */
export function symmetricScale(scale: number, zeroPoint: number, unsigned: boolean): number {
  const middle = unsigned ? 128 : 0;
  if (zeroPoint === middle) return scale;
  const [low, high] = unsigned ? [0, 255] : [-128, 127];
  return (scale * Math.max(zeroPoint - low, high - zeroPoint)) / 127;
}

/** Numbers behind a DequantizeLinear, with its scales along its axis. */
function realOf(
  node: Node,
): { values: Float64Array; channelOf: (index: number) => number; channels: number } | undefined {
  const data = node.inputs[0]?.constant;
  const scale = node.inputs[1]?.constant;
  if (data === undefined || scale === undefined || node.int('block_size', 0) !== 0) return undefined;
  const [integers, scales, zeros] = [
    data.toNumbers(),
    scale.toNumbers(),
    node.inputs[2]?.constant?.toNumbers(),
  ];
  const given = node.int('axis', 1);
  const axis = given < 0 ? given + data.dims.length : given;
  const inner = data.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const channelOf = (index: number): number =>
    scales.length === 1 ? 0 : Math.floor(index / inner) % scales.length;
  const values = Float64Array.from(
    integers,
    (value, index) => (value - (zeros?.[channelOf(index)] ?? 0)) * scales[channelOf(index)]!,
  );
  return { values, channelOf, channels: scales.length };
}

function toFloat(node: Node): boolean {
  const real = realOf(node);
  const output = node.outputs[0];
  if (real === undefined || output === undefined || output.isGraphOutput) return false;
  const { dims } = node.inputs[0]!.constant!;
  const bias = node.graph.addConstant(
    `${node.inputs[0]!.name}_float`,
    Tensor.float32(dims, Float32Array.from(real.values)),
  );
  for (const use of output.uses) use.node.setInput(use.index, bias);
  node.graph.remove(node);
  return true;
}

function mendConstant(node: Node): boolean {
  const real = realOf(node);
  if (real === undefined) return false;
  const { values, channelOf, channels } = real;
  const largest = new Float64Array(channels);
  values.forEach((value, index) => {
    largest[channelOf(index)] = Math.max(largest[channelOf(index)]!, Math.abs(value));
  });
  const zeroPoint = node.inputs[2]?.constant;
  const old = node.inputs[1]!.constant!;
  const oldScales = old.toNumbers();
  const zeros = zeroPoint?.toNumbers();
  const scales = Float32Array.from(largest, (value, channel) => {
    // Around 128 the old integers fit as they are, only shifted.
    if (zeroPoint?.dtype === 'uint8' && zeros?.[channel] === 128) return oldScales[channel]!;
    return value > 0 ? value / 127 : 1;
  });
  const integers = Int8Array.from(values, (value, index) =>
    Math.max(-128, Math.min(127, Math.round(value / scales[channelOf(index)]!))),
  );
  const { graph } = node;
  const data = node.inputs[0]!;
  node.setInput(
    0,
    graph.addConstant(`${data.name}_symmetric`, Tensor.of('int8', data.constant!.dims, integers)),
  );
  node.setInput(1, graph.addConstant(`${node.inputs[1]!.name}_symmetric`, Tensor.float32(old.dims, scales)));
  node.setInput(2, graph.addConstant('zero_point', Tensor.of('int8', old.dims, new Int8Array(channels))));
  return true;
}

/** real = (Cast(x) - zero point) * scale, where the integers come from outside. */
function toArithmetic(node: Node): boolean {
  const [data, scale] = node.inputs;
  const output = node.outputs[0];
  if (data === undefined || scale?.constant?.size !== 1 || output === undefined) return false;
  const { graph } = node;
  const float = 1;
  const [cast] = graph.addNode('Cast', [data], {
    attributes: [['to', attribute.int(float)]],
    before: node,
  }).outputs;
  const zeroPoint = node.inputs[2]?.constant?.toNumbers()[0] ?? 0;
  const zero = graph.addConstant('zero_point', Tensor.float32([], [zeroPoint]));
  const [moved] = graph.addNode('Sub', [cast, zero], { before: node }).outputs;
  const factor = graph.addConstant(`${scale.name}_factor`, Tensor.float32([], scale.constant.toNumbers()));
  const type = output.type;
  const { next } = node;
  node.setOutput(0, undefined);
  graph.addNode('Mul', [moved, factor], { before: next, outputs: [output] });
  output.type = type;
  graph.remove(node);
  return true;
}

function dropUnused(model: Model): void {
  for (const graph of model.graphs()) {
    for (const value of [...graph.constants()])
      if (value.isUnused && !value.isGraphInput) graph.removeValue(value);
  }
}
