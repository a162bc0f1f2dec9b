import type { Gram } from '../calibrate/gram.js';
import type { SampleSet } from '../data/types.js';
import type { Model } from '../ir/model.js';
import { openSession } from '../runtime/session.js';
import { isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import type { GramProduct } from '../calibrate/gram-product.js';
import { setMatrix } from './layer.js';
import { ownTarget, refit } from './repair/refit.js';
import { biasValues, type Site } from './repair/site.js';

/** Samples that show how much an output moves. */
const mostSamples = 32;

/** Milliseconds that all layers together may take. */
const budgetMs = 30_000;

/** Tells by how much the outputs of a model move when its weights are changed. */
export class OutputShift {
  readonly #model: Model;
  readonly #threads: number;
  readonly #inputs: readonly ReadonlyMap<string, Tensor>[];
  readonly #expected: readonly ReadonlyMap<string, Tensor>[];
  /** The power of each output, to weigh outputs of different size alike. */
  readonly #power: ReadonlyMap<string, number>;

  private constructor(
    model: Model,
    threads: number,
    inputs: readonly ReadonlyMap<string, Tensor>[],
    expected: readonly ReadonlyMap<string, Tensor>[],
  ) {
    this.#model = model;
    this.#threads = threads;
    this.#inputs = inputs;
    this.#expected = expected;
    const power = new Map<string, number>();
    for (const outputs of expected) {
      for (const [name, tensor] of outputs) {
        if (!isFloat(tensor.dtype)) continue;
        const values = tensor.toFloat32();
        let sum = 0;
        for (const value of values) if (Number.isFinite(value)) sum += value * value;
        power.set(name, (power.get(name) ?? 0) + sum);
      }
    }
    this.#power = power;
  }

  /** Takes the outputs as they are now as those to be kept; fewer samples where a run takes long or will be repeated often. */
  static async open(model: Model, samples: SampleSet, times: number, threads: number): Promise<OutputShift> {
    const session = await openSession(model, { threads });
    try {
      const inputs: ReadonlyMap<string, Tensor>[] = [];
      const expected: ReadonlyMap<string, Tensor>[] = [];
      const start = performance.now();
      for (let index = 0; index < Math.min(samples.size, mostSamples); index++) {
        const sample = (await samples.get(index)).inputs;
        inputs.push(sample);
        expected.push(await session.run(sample));
        if ((performance.now() - start) * times > budgetMs) break;
      }
      return new OutputShift(model, threads, inputs, expected);
    } finally {
      await session.close();
    }
  }

  /** The squared change of all float outputs over their power. */
  async measure(): Promise<number> {
    const session = await openSession(this.#model, { threads: this.#threads });
    try {
      const errors = new Map<string, number>();
      for (const [index, inputs] of this.#inputs.entries()) {
        const found = await session.run(inputs);
        for (const [name, tensor] of this.#expected[index]!) {
          if (!this.#power.has(name)) continue;
          errors.set(name, (errors.get(name) ?? 0) + squaredDistance(tensor, found.get(name)!));
        }
      }
      let sum = 0;
      for (const [name, error] of errors) sum += error / Math.max(this.#power.get(name)!, Number.MIN_VALUE);
      return sum;
    } finally {
      await session.close();
    }
  }
}

/** Counts what is finite on both sides, and only where both have the same size. */
function squaredDistance(a: Tensor, b: Tensor): number {
  const [x, y] = [a.toFloat32(), b.toFloat32()];
  if (x.length !== y.length) return 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = x[i]! - y[i]!;
    if (Number.isFinite(difference)) sum += difference * difference;
  }
  return sum;
}

/**
 * By how much the outputs of the model move for each unit of a layer's mean squared error, measured by cutting
 * that layer alone: `cut` with its weights and bias made up for what is gone, as they will be. What is left of the
 * error is then of the kind that is to be expected; an error without repair would be much of the signal itself.
 */
export async function changePerError(
  site: Site,
  weights: Float64Array,
  cut: Float64Array,
  grams: readonly Gram[],
  shift: OutputShift,
  product: GramProduct,
): Promise<number> {
  const { layer, bias } = site;
  const { rows, inputs } = layer;
  const free = bias !== undefined;
  const changed = cut.slice();
  const moved = biasValues(site);
  let error = 0;
  for (const [group, gram] of grams.entries()) {
    const [from, to] = [group * rows, (group + 1) * rows];
    const old = weights.subarray(from * inputs, to * inputs);
    const part = changed.subarray(from * inputs, to * inputs);
    const target = await ownTarget(gram, old, product);
    const found = await refit(target, part, new Float64Array(rows), product, { free });
    part.set(found.weights);
    // Damping is part of the price here as it is in the traces: they are what the result is multiplied with.
    part.forEach((weight, at) => {
      error += (found.damping[at % inputs]! * (weight - old[at]!) ** 2) / gram.count;
    });
    found.bias.forEach((value, row) => {
      moved[from + row]! += value;
    });
    const power = target.outputPower.reduce((sum, one) => sum + one, 0);
    error += (found.errorAfter * power) / gram.count;
  }
  const [oldWeights, oldBias] = [layer.value.constant, bias?.node.inputs[bias.index]];
  setMatrix(layer, changed);
  const fresh = bias?.node.graph.addConstant(
    'moved',
    Tensor.fromNumbers(oldWeights.dtype, oldBias?.constant?.dims ?? [moved.length], moved),
  );
  bias?.node.setInput(bias.index, fresh);
  const change = await shift.measure();
  layer.value.constant = oldWeights;
  bias?.node.setInput(bias.index, oldBias);
  if (fresh !== undefined) fresh.graph.removeValue(fresh);
  // Outputs that do not move at all leave the layer's own scale.
  return error > 0 && change > 0 ? change / error : 1;
}

/**
 * The same for whole channels: `cut` as it is, nothing made up for. What a cut channel carries is mostly gone
 * after the repair too, where single weights leave little.
 */
export async function changePerCut(
  { layer }: Site,
  weights: Float64Array,
  cut: Float64Array,
  grams: readonly Gram[],
  shift: OutputShift,
): Promise<number> {
  const { rows, inputs: n } = layer;
  let error = 0;
  for (const [group, { square, inputMean, count }] of grams.entries()) {
    for (let row = group * rows; row < (group + 1) * rows; row++) {
      const change = Float64Array.from({ length: n }, (_, i) => weights[row * n + i]! - cut[row * n + i]!);
      let mean = 0;
      for (let i = 0; i < n; i++) {
        if (change[i] === 0) continue;
        mean += change[i]! * inputMean[i]!;
        let product = 0;
        for (let j = 0; j < n; j++) product += square[i * n + j]! * change[j]!;
        error += (change[i]! * product) / count;
      }
      error += mean * mean;
    }
  }
  const original = layer.value.constant;
  setMatrix(layer, cut);
  const moved = await shift.measure();
  layer.value.constant = original;
  return error > 0 && moved > 0 ? moved / error : 1;
}
