import { attribute } from '../../ir/attribute.js';
import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { constantOf, scalarOf } from '../../passes/match.js';
import { Tensor } from '../../tensor/tensor.js';

/**
 * onnxruntime (since 1.20) rounds the weights of a float Conv, ConvTranspose or Gemm to int8 with a single scale for all
 * of them, when its data comes from a DequantizeLinear with a single scale (its WeightBiasQuantization; on mobilenetv2 one
 * such layer takes the SQNR from 27 dB to 10 dB). With the same scale written once for each channel it leaves them alone.
 * Gives every such node a DequantizeLinear of that kind for itself.
 */
export function protectFloatWeights(graph: Graph): void {
  for (const node of graph.nodes()) {
    const channels = channelsOf(node);
    const place = channels === undefined ? undefined : dequantizeBehind(node);
    if (channels === undefined || place === undefined) continue;
    const { path, dequantize, axis } = place;
    const [scale, zeroPoint] = [scalarOf(dequantize.inputs[1]), dequantize.inputs[2]];
    if (scale === undefined) continue;
    const name = dequantize.outputs[0]!.name;
    const own = graph.addNode(
      'DequantizeLinear',
      [
        dequantize.inputs[0],
        graph.addConstant(
          `${name}_scales`,
          Tensor.float32([channels], new Float32Array(channels).fill(scale)),
        ),
        ...(zeroPoint?.constant === undefined
          ? []
          : [graph.addConstant(`${name}_zero_points`, repeated(zeroPoint.constant, channels))]),
      ],
      {
        name: graph.names.fresh(`${node.label}_DequantizeLinear`),
        outputName: `${name}_channels`,
        attributes: [['axis', attribute.int(axis)]],
        before: path[0] ?? node,
      },
    );
    let value: Value = own.outputs[0]!;
    value.type = dequantize.outputs[0]!.type;
    for (const mover of path) {
      const copy = graph.addNode(mover.opType, [value, ...mover.inputs.slice(1)], {
        name: graph.names.fresh(mover.label),
        outputName: mover.outputs[0]!.name,
        attributes: [...mover.attributes],
        before: node,
      });
      value = copy.outputs[0]!;
      value.type = mover.outputs[0]!.type;
    }
    node.setInput(0, value);
  }
}

/** Channels of the data of an operator whose float weights are a constant, also where these are made of constants. */
function channelsOf(node: Node): number | undefined {
  if (!node.is('Conv', 'ConvTranspose', 'Gemm') || node.inputs[1]?.producer?.is('DequantizeLinear') === true)
    return undefined;
  const dims = constantOf(node.inputs[1])?.dims;
  if (dims === undefined) return undefined;
  if (node.is('Conv')) return dims[1]! * node.int('group', 1);
  if (node.is('ConvTranspose')) return dims[0];
  return node.int('transA', 0) !== 0 ? undefined : dims[node.int('transB', 0) !== 0 ? 1 : 0];
}

/** The DequantizeLinear that the data comes from, also through what the runtime moves it past. */
function dequantizeBehind(
  node: Node,
): { readonly path: readonly Node[]; readonly dequantize: Node; readonly axis: number } | undefined {
  const path: Node[] = [];
  let axis = 1;
  let producer = node.inputs[0]?.producer;
  while (producer?.is('MaxPool', 'Transpose') === true && producer.outputs.length === 1) {
    if (producer.is('Transpose')) {
      const perm = producer.ints('perm');
      if (perm === undefined) return undefined;
      axis = perm[axis]!;
    }
    path.unshift(producer);
    producer = producer.inputs[0]?.producer;
  }
  return producer?.is('DequantizeLinear') === true ? { path, dequantize: producer, axis } : undefined;
}

function repeated(zeroPoint: Tensor, count: number): Tensor {
  return Tensor.fromNumbers(
    zeroPoint.dtype,
    [count],
    new Array<number>(count).fill(zeroPoint.toNumbers()[0]!),
  );
}
