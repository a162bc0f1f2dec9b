import { collect, type CollectOptions } from '../../calibrate/collect.js';
import type { FloatHistogram } from '../../calibrate/float-histogram.js';
import { GramProduct } from '../../calibrate/gram-product.js';
import { HistogramObserver, type ChannelMeansObserver } from '../../calibrate/observer.js';
import type { SampleSet } from '../../data/types.js';
import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Overrides } from '../overrides/overrides.js';
import type { Moments, MomentsObserver } from '../rounding/moments.js';
import { momentObservers } from '../rounding/observe.js';
import { meanObservers } from './bias-correction.js';
import type { WeightPrecision } from './emit.js';
import type { StaticPlan } from './plan.js';

/** What the samples have told about a model, under names and places that are those of every copy of it. */
export interface StaticCalibration {
  /** By the name of the value. */
  readonly histograms: ReadonlyMap<string, FloatHistogram>;
  /** Means and second moments of the inputs of compute nodes, by their place in the graph. */
  readonly means: ReadonlyMap<number, Float64Array>;
  readonly moments: ReadonlyMap<number, Moments>;
}

export interface CalibrationOptions extends CollectOptions {
  readonly samples: SampleSet;
  readonly rounding?: 'output' | 'nearest' | undefined;
  readonly correctBias?: boolean | undefined;
  readonly weights?: WeightPrecision | undefined;
  readonly overrides?: Overrides | undefined;
}

/** Runs the samples once and watches what a plan needs: `values` by their histograms, compute nodes by their inputs. */
export async function calibrateStatic(
  model: Model,
  plan: StaticPlan,
  values: readonly Value[],
  options: CalibrationOptions,
): Promise<StaticCalibration> {
  const observers = values.map((value) => new HistogramObserver(value));
  const means =
    options.correctBias === false ? new Map<Node, ChannelMeansObserver>() : meanObservers(plan.groups);
  const product = await GramProduct.open(options.threads);
  const { overrides, rounding = 'output', weights } = options;
  const rounded = plan.groups.filter(
    ({ node }) => (overrides?.roundingOf(node, rounding) ?? rounding) === 'output',
  );
  const bits = overrides?.hasFourBits === true ? 4 : weights?.bits;
  const moments: ReadonlyMap<Node, MomentsObserver> = momentObservers(rounded, product, bits);
  try {
    const watching = [...observers, ...means.values(), ...new Set(moments.values())];
    await collect(model, watching, options.samples, options);
  } finally {
    await product.close();
  }
  const places = placesOf(model.graph);
  return {
    histograms: new Map(observers.map(({ value, histogram }) => [value.name, histogram])),
    means: new Map(
      [...means].flatMap(([node, { means: found }]) =>
        found === undefined ? [] : [[places.get(node)!, found]],
      ),
    ),
    moments: new Map(
      [...moments].map(([node, observer]) => [
        places.get(node)!,
        observer.finish(means.has(node) ? 'about-means' : 'about-zero'),
      ]),
    ),
  };
}

/** The place of each node among the nodes of its graph. */
export function placesOf(graph: Graph): ReadonlyMap<Node, number> {
  return new Map([...graph.nodes()].map((node, place) => [node, place]));
}
