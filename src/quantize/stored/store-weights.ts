import { attribute } from '../../ir/attribute.js';
import { tensorType } from '../../ir/types.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { constantOf } from '../../passes/match.js';
import { hasMacs } from '../../runtime/macs.js';
import { dtypeCode } from '../../tensor/dtype.js';
import { elementCount, type Tensor } from '../../tensor/tensor.js';
import { quantizeWeights } from '../weights.js';

/** Bytes of two nodes and their names: what is saved must be worth more. */
const overheadBytes = 512;

/** The largest magnitude of an integer: nothing multiplies it, so that it needs no room for sums. */
const bound = 127;

export interface StoreOptions {
  readonly isExcluded: (node: Node) => boolean;
}

/**
 * Stores the weights that operators multiply with in float as int8, with a scale for each channel, in place. A Cast and
 * a Mul make floats of them: both read constants alone, so that the runtime computes them once when it opens the model
 * (a DequantizeLinear it would compute at every run). The file is a quarter, speed and memory are as before. Returns the
 * nodes whose weights are stored so; bodies of If, Loop and Scan are treated as the main graph is.
 */
export function storeWeights(model: Model, options: StoreOptions): Node[] {
  const stored = new Set<Node>();
  const nodes = [...model.graphs()].flatMap((graph) => [...graph.nodes()]);
  for (const node of nodes) {
    if (node.domain !== '' || !hasMacs(node) || options.isExcluded(node)) continue;
    node.inputs.forEach((value, index) => {
      const axes = value === undefined ? undefined : channelAxes(node, index);
      const weights = constantOf(value);
      if (axes === undefined || weights?.dtype !== 'float32' || !isWorthStoring(weights, axes)) return;
      // What reads it beside these must see the same numbers, and may be no weight at all there.
      if (!value!.uses.every((use) => isSameUse(use, index, axes, options))) return;
      const real = realWeights(value!, axes);
      for (const use of value!.uses) {
        if (use.node === real.producer) continue;
        use.node.setInput(use.index, real);
        stored.add(use.node);
      }
      if (value!.isUnused) value!.graph.removeValue(value!);
    });
  }
  return nodes.filter((node) => stored.has(node));
}

/** The leading axes of the weights that have a scale of their own for each index, or the last one (-1). */
type ChannelAxes = readonly number[];

/** Which axes of an input run over outputs: everything along the others is summed up. Undefined for inputs that are no weights. */
function channelAxes(node: Node, index: number): ChannelAxes | undefined {
  if (node.is('Conv')) return index === 1 ? [0] : undefined;
  // [inputs, outputs / group, ...]: outputs of one place share a scale over the groups.
  if (node.is('ConvTranspose')) return index === 1 ? [1] : undefined;
  // [directions, gates * hidden, inputs]
  if (node.is('GRU', 'LSTM', 'RNN')) return index === 1 || index === 2 ? [0, 1] : undefined;
  if (node.is('Gemm')) {
    if (index > 1) return undefined;
    const turned = node.int(index === 0 ? 'transA' : 'transB', 0) !== 0;
    return (index === 1) === turned ? [0] : [1];
  }
  if (node.is('MatMul')) {
    const rank = constantOf(node.inputs[index])?.dims.length ?? 0;
    return rank < 2 ? undefined : [index === 1 ? rank - 1 : rank - 2];
  }
  return undefined;
}

function isSameUse(
  use: { readonly node: Node; readonly index: number },
  index: number,
  axes: ChannelAxes,
  { isExcluded }: StoreOptions,
): boolean {
  return (
    use.index === index &&
    use.node.domain === '' &&
    hasMacs(use.node) &&
    !isExcluded(use.node) &&
    String(channelAxes(use.node, use.index)) === String(axes)
  );
}

function isWorthStoring(weights: Tensor, axes: ChannelAxes): boolean {
  const scales = axes.reduce((product, axis) => product * weights.dims[axis]!, 1);
  return 3 * weights.size > 4 * scales + overheadBytes;
}

/** Integers, and the two nodes that make floats of them, at the head of the graph that the weights belong to. */
function realWeights(source: Value, axes: ChannelAxes): Value {
  const { graph } = source;
  const weights = source.constant!;
  const first = axes[0]!;
  const last = axes.at(-1)!;
  // Neighbouring axes are one long axis.
  const flat = [
    elementCount(weights.dims.slice(0, first)),
    elementCount(weights.dims.slice(first, last + 1)),
    elementCount(weights.dims.slice(last + 1)),
  ];
  const { values, scale } = quantizeWeights(weights.reshaped(flat), 1, bound);
  const scaleDims = weights.dims.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const integers = graph.addConstant(`${source.name}_quantized`, values.reshaped([...weights.dims]));
  const scales = graph.addConstant(`${source.name}_scale`, scale.reshaped(scaleDims));
  const before = graph.firstNode;
  const cast = graph.addNode('Cast', [integers], {
    name: graph.names.fresh(`${source.name}_Cast`),
    outputName: `${source.name}_real`,
    attributes: [['to', attribute.int(dtypeCode('float32'))]],
    before,
  });
  const scaled = graph.addNode('Mul', [cast.outputs[0], scales], {
    name: graph.names.fresh(`${source.name}_Mul`),
    outputName: `${source.name}_scaled`,
    before,
  });
  for (const value of [cast.outputs[0]!, scaled.outputs[0]!])
    value.type = tensorType('float32', weights.dims);
  return scaled.outputs[0]!;
}
