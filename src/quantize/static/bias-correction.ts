import { ChannelMeansObserver } from '../../calibrate/observer.js';
import type { Node } from '../../ir/node.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { QuantizedWeights } from '../weights.js';
import type { IntegerGroup } from './plan.js';

/** Means settle soon: more samples would only be more values to fetch. */
const samplesForMeans = 32;

/** Watches the mean of every input channel of the compute groups that can take a bias. */
export function meanObservers(groups: readonly IntegerGroup[]): Map<Node, ChannelMeansObserver> {
  const observers = new Map<Node, ChannelMeansObserver>();
  for (const { node, rule } of groups) {
    const layout = rule.weights?.(node);
    const input = node.inputs[rule.dataInputs(node)[0]!];
    if (layout?.biasIndex === undefined || input === undefined || input.constant !== undefined) continue;
    observers.set(node, new ChannelMeansObserver(input, node.is('Conv') ? 1 : -1, samplesForMeans));
  }
  return observers;
}

/**
 * What rounding the weights takes away from the mean of each output: the sum over the inputs of
 * (w - w') * mean(x), to be added to the bias (Nagel et al., "Data-Free Quantization Through Weight
 * Equalization and Bias Correction", 2019, section 4.2, with means from samples). Padding is not counted.
 */
export function biasCorrection(
  node: Node,
  weights: Tensor,
  quantized: QuantizedWeights,
  means: Float64Array,
): Float64Array {
  const original = weights.toFloat32();
  const integers = quantized.values.toNumbers();
  const scales = quantized.scale.toFloat32();
  const place = node.is('Conv') ? convPlaces(node, weights.dims) : gemmPlaces(node, weights.dims);
  const correction = new Float64Array(place.outputs);
  for (let i = 0; i < original.length; i++) {
    const output = place.outputOf(i);
    const scale = scales[scales.length === 1 ? 0 : output]!;
    const lost = original[i]! - integers[i]! * scale;
    correction[output] = correction[output]! + lost * means[place.inputOf(i)]!;
  }
  return correction;
}

interface Places {
  readonly outputs: number;
  readonly outputOf: (index: number) => number;
  readonly inputOf: (index: number) => number;
}

/** Weights [outputs, inputs / group, ...kernel]. */
function convPlaces(node: Node, dims: readonly number[]): Places {
  const [outputs, inputs] = [dims[0]!, dims[1]!];
  const kernel = dims.slice(2).reduce((a, b) => a * b, 1);
  const outputsOfGroup = outputs / node.int('group', 1);
  return {
    outputs,
    outputOf: (index) => Math.floor(index / (inputs * kernel)),
    inputOf: (index) => {
      const group = Math.floor(index / (inputs * kernel) / outputsOfGroup);
      return group * inputs + (Math.floor(index / kernel) % inputs);
    },
  };
}

/** Weights [inputs, outputs], or the other way round with transB. */
function gemmPlaces(node: Node, dims: readonly number[]): Places {
  const columns = dims[1]!;
  const transposed = node.int('transB', 0) !== 0;
  const row = (index: number): number => Math.floor(index / columns);
  const column = (index: number): number => index % columns;
  return {
    outputs: transposed ? dims[0]! : columns,
    outputOf: transposed ? row : column,
    inputOf: transposed ? column : row,
  };
}
