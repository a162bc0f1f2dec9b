import type { SampleSet } from '../../data/types.js';
import { collect, type CollectOptions } from '../../calibrate/collect.js';
import { ChannelPeaksObserver } from '../../calibrate/observer.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { Tensor } from '../../tensor/tensor.js';
import { equalizablePairs, type EqualizablePair } from './pairs.js';

/** Samples for the peaks of the channels. */
const samplesForPeaks = 32;

/** How far a channel may be scaled: beyond it float32 sums lose what integers gain. */
const largestFactor = 64;

/**
 * Scales channels between Convs so that they fill the range of integers alike: a channel whose peak is far
 * below the largest one uses few of the 256 steps. The factors are balanced between activations and the
 * weights behind them, sqrt(peak of the activation / peak of the weights), as in M. Nagel et al., "Data-Free
 * Quantization Through Weight Equalization and Bias Correction" (2019, section 4.1), with the activation's
 * range in the place of the weights' in front, which have a scale for each channel anyway. Returns the
 * number of values that were equalized; outputs stay the same but for rounding of floats.
 */
export async function equalizeChannels(
  model: Model,
  samples: SampleSet,
  options: CollectOptions,
): Promise<number> {
  const pairs = equalizablePairs(model.graph);
  if (pairs.length === 0) return 0;
  const observers = pairs.map((pair) => new ChannelPeaksObserver(pair.value, 1, samplesForPeaks));
  const few: SampleSet = {
    size: Math.min(samples.size, samplesForPeaks),
    get: (index) => samples.get(index),
  };
  await collect(model, observers, few, options);
  pairs.forEach((pair, index) => {
    const peaks = observers[index]!.peaks;
    if (peaks !== undefined) scaleChannels(pair, factorsFor(pair, peaks));
  });
  return pairs.length;
}

/** What each channel is multiplied with, 1 on (geometric) average; channels without values or weights keep 1. */
function factorsFor(pair: EqualizablePair, peaks: Float64Array): Float64Array {
  const behind = weightPeaks(pair);
  const raw = peaks.map((peak, channel) =>
    peak > 0 && behind[channel]! > 0 ? Math.sqrt(behind[channel]! / peak) : 0,
  );
  const used = raw.filter((factor) => factor > 0);
  if (used.length === 0) return raw.fill(1);
  const mean = Math.exp(used.reduce((sum, factor) => sum + Math.log(factor), 0) / used.length);
  return raw.map((factor) =>
    factor === 0 ? 1 : Math.min(Math.max(factor / mean, 1 / largestFactor), largestFactor),
  );
}

/** The largest weight behind each channel, against the largest of its row: what counts is its share of the row's range. */
function weightPeaks({ readers, channels }: EqualizablePair): Float64Array {
  const peaks = new Float64Array(channels);
  for (const reader of readers) {
    const weights = reader.inputs[1]!.constant!;
    const values = weights.toFloat32();
    const rowPeaks = new Float64Array(weights.dims[0]!);
    const perRow = values.length / rowPeaks.length;
    for (let i = 0; i < values.length; i++) {
      const row = Math.floor(i / perRow);
      rowPeaks[row] = Math.max(rowPeaks[row]!, Math.abs(values[i]!));
    }
    eachWeight(reader, weights, (index, channel) => {
      const peak = rowPeaks[Math.floor(index / perRow)]!;
      if (peak > 0) peaks[channel] = Math.max(peaks[channel]!, Math.abs(values[index]!) / peak);
    });
  }
  return peaks;
}

function scaleChannels({ producer, readers }: EqualizablePair, factors: Float64Array): void {
  const weights = producer.inputs[1]!.constant!;
  const perRow = weights.size / factors.length;
  const scaled = weights.toFloat32().map((value, index) => value * factors[Math.floor(index / perRow)]!);
  setConstant(producer, 1, Tensor.float32(weights.dims, scaled));
  const bias = producer.inputs[2]?.constant;
  if (bias !== undefined) {
    const values = bias.toFloat32().map((value, channel) => value * factors[channel]!);
    setConstant(producer, 2, Tensor.float32(bias.dims, values));
  }
  for (const reader of readers) {
    const behind = reader.inputs[1]!.constant!;
    const values = Float32Array.from(behind.toFloat32());
    eachWeight(reader, behind, (index, channel) => {
      values[index] = values[index]! / factors[channel]!;
    });
    setConstant(reader, 1, Tensor.float32(behind.dims, values));
  }
}

/** Conv weights [out, in / group, ...kernel] with the input channel that each is for. */
function eachWeight(node: Node, weights: Tensor, visit: (index: number, channel: number) => void): void {
  const [outputs, inputs] = [weights.dims[0]!, weights.dims[1]!];
  const kernel = weights.dims.slice(2).reduce((a, b) => a * b, 1);
  const outputsOfGroup = outputs / node.int('group', 1);
  let index = 0;
  for (let output = 0; output < outputs; output++) {
    const base = Math.floor(output / outputsOfGroup) * inputs;
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < kernel; tap++) visit(index++, base + input);
    }
  }
}

/** Gives a node a constant of its own: others may read the old one. */
function setConstant(node: Node, index: number, tensor: Tensor): void {
  const old = node.inputs[index]!;
  node.setInput(index, node.graph.addConstant(old.name, tensor));
  if (old.isUnused && !old.isGraphInput) old.graph.removeValue(old);
}
