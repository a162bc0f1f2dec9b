import { GramSum, type Gram } from '../../calibrate/gram.js';
import type { GramProduct } from '../../calibrate/gram-product.js';
import type { SampleSet } from '../../data/types.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Layer } from '../layer.js';
import { takePlaces } from '../take-places.js';
import { Part } from './part.js';
import { RowReader } from './rows.js';

/** One layer to watch: its input in the pruned model, and what its output should be. */
export interface Watch {
  readonly layer: Layer;
  readonly input: Value;
  /** The value of the original model to be reached; undefined where only inputs matter. */
  readonly target: Value | undefined;
  /** The outputs that the pruned layer still has, where it lost some. */
  readonly outputs: Int32Array | undefined;
  /** A value of the pruned model to be taken off the target: the other side of a sum. */
  readonly less: Value | undefined;
}

export interface ObserveOptions {
  readonly threads: number;
  readonly product: GramProduct;
  /** How many samples at most. */
  readonly samples: number;
  readonly signal?: AbortSignal | undefined;
  readonly onSample?: () => void;
}

/** Elements of patches that are looked at for one layer, over all samples: enough for any layer, and bounded. */
const mostElements = 2 ** 27;

/**
 * Runs both models over samples and adds up the second moments of every watched layer, one Gram matrix a
 * group. Throws `data` where a value is no finite number.
 */
export async function observe(
  original: Model,
  pruned: Model,
  watches: readonly Watch[],
  samples: SampleSet,
  options: ObserveOptions,
): Promise<Map<Watch, Gram[]>> {
  const count = Math.min(samples.size, options.samples);
  const targets = watches.flatMap(({ target }) => target ?? []);
  const seen = watches.flatMap(({ input, less }) => (less === undefined ? [input] : [input, less]));
  const before = await Part.open(original, targets, options.threads);
  try {
    const after = await Part.open(pruned, seen, options.threads);
    try {
      const sums = watches.map((watch) => new WatchSum(watch, count, options.product));
      for (let index = 0; index < count; index++) {
        options.signal?.throwIfAborted();
        const { inputs, id } = await samples.get(index);
        const wanted = await before.run(inputs);
        const found = await after.run(inputs);
        for (const sum of sums) await sum.add(wanted, found, index, id);
        options.onSample?.();
      }
      const grams = new Map<Watch, Gram[]>();
      for (const sum of sums) grams.set(sum.watch, await sum.finish());
      return grams;
    } finally {
      await after.close();
    }
  } finally {
    await before.close();
  }
}

class WatchSum {
  readonly watch: Watch;
  readonly #reader: RowReader;
  readonly #sums: readonly GramSum[];

  constructor(watch: Watch, samples: number, product: GramProduct) {
    this.watch = watch;
    const { groups, inputs, rows } = watch.layer;
    this.#reader = new RowReader(watch.layer, Math.ceil(mostElements / (inputs * groups * samples)));
    const outputs = watch.target === undefined ? 0 : rows;
    this.#sums = Array.from({ length: groups }, () => new GramSum(inputs, outputs, product));
  }

  async add(
    wanted: ReadonlyMap<Value, Tensor>,
    found: ReadonlyMap<Value, Tensor>,
    turn: number,
    sample: string,
  ): Promise<void> {
    const { input, target, less, layer } = this.watch;
    const y = target === undefined ? undefined : this.#wanted(wanted.get(target)!, less && found.get(less));
    for (const [group, sum] of this.#sums.entries()) {
      for (const seen of this.#reader.read(found.get(input)!, y, group, turn)) {
        const bad = firstBad(seen.x) ?? firstBad(seen.y);
        if (bad !== undefined) {
          throw new InferOptError('data', `${layer.node.label} computes ${bad} for sample ${sample}`, {
            hint: 'leave this sample out, or find out why the model overflows on it',
          });
        }
        await sum.add(seen.x, seen.y, seen.rows);
      }
    }
  }

  #wanted(whole: Tensor, other: Tensor | undefined): Float32Array {
    const { outputs, layer } = this.watch;
    const axis = layer.node.is('Conv') ? 1 : whole.dims.length - 1;
    return difference(outputs === undefined ? whole : takePlaces(whole, axis, outputs), other);
  }

  finish(): Promise<Gram[]> {
    return Promise.all(this.#sums.map((sum) => sum.finish()));
  }
}

function difference(total: Tensor, other: Tensor | undefined): Float32Array {
  const a = total.toFloat32();
  if (other === undefined) return a;
  const b = other.toFloat32();
  return a.map((value, index) => value - b[index]!);
}

function firstBad(values: Float32Array): number | undefined {
  return values.find((value) => !Number.isFinite(value));
}
