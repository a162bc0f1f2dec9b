import { collect, type CollectOptions } from '../../calibrate/collect.js';
import { GramProduct } from '../../calibrate/gram-product.js';
import type { SampleSet } from '../../data/types.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { Edit } from '../../passes/edit.js';
import { constantOf } from '../../passes/match.js';
import { hasMacs } from '../../runtime/macs.js';
import { SharedConstants } from '../dynamic/shared-constants.js';
import type { Moments } from '../rounding/moments.js';
import { observersFor, type Watched } from '../rounding/observe.js';
import type { LeftFloat } from '../static/plan.js';
import type { BlockFormat } from './block-weights.js';
import { weightRewrites } from './list.js';
import type { WeightForm, WeightRewrite } from './rewrite.js';

export interface WeightOptions extends CollectOptions {
  readonly format: BlockFormat;
  readonly form: WeightForm;
  /** Rounds by the layers' inputs on these samples; each weight by itself without. */
  readonly samples: SampleSet | undefined;
  readonly isExcluded: (node: Node) => boolean;
}

export interface WeightReport {
  /** How many nodes each rewrite replaced, by its name. */
  readonly rewritten: ReadonlyMap<string, number>;
  /** Nodes whose weights were rounded by what their inputs are. */
  readonly roundedByInputs: number;
  readonly left: readonly LeftFloat[];
}

/**
 * Stores the weights of a prepared model in few bits, in place; activations stay float. Bodies of If, Loop and
 * Scan are treated as the main graph is, but for rounding by samples. One tensor is worked on at a time.
 */
export async function quantizeWeightsOnly(model: Model, options: WeightOptions): Promise<WeightReport> {
  if (options.form === 'qdq' && model.opset < 21) {
    throw new InferOptError(
      'model',
      `the model is at opset ${model.opset}, where DequantizeLinear knows no blocks`,
      {
        hint: 'use --format qoperator, or --opset 21',
      },
    );
  }
  const left: LeftFloat[] = [];
  const chosen: { node: Node; rewrite: WeightRewrite }[] = [];
  for (const node of [...model.graphs()].flatMap((graph) => [...graph.nodes()])) {
    const rewrite = weightRewrites.find(({ operators }) => node.is(...operators));
    const reason =
      rewrite === undefined
        ? hasMacs(node) && 'the runtime has no kernel for it that reads weights of few bits'
        : options.isExcluded(node)
          ? 'excluded by name'
          : rewrite.refuse(node);
    if (rewrite !== undefined && reason === undefined) chosen.push({ node, rewrite });
    else if (typeof reason === 'string' && hasMacs(node))
      left.push({ node: node.label, op: node.opType, reason });
  }
  const moments = await momentsOf(
    model,
    chosen.map(({ node }) => node),
    options,
  );
  const rewritten = new Map<string, number>();
  const context = {
    format: options.format,
    form: options.form,
    constants: new SharedConstants(),
    useDomain: (domain: string, version: number) => {
      if (!model.opsets.has(domain)) model.opsets.set(domain, version);
    },
    momentsOf: (node: Node) => moments.get(node),
  };
  for (const { node, rewrite } of chosen) {
    rewrite.apply(node, new Edit(node), context);
    rewritten.set(rewrite.name, (rewritten.get(rewrite.name) ?? 0) + 1);
  }
  return { rewritten, roundedByInputs: moments.size, left };
}

async function momentsOf(
  model: Model,
  nodes: readonly Node[],
  options: WeightOptions,
): Promise<ReadonlyMap<Node, Moments>> {
  if (options.samples === undefined) return new Map();
  const wanted = nodes.flatMap((node): Watched[] => {
    // What a Transpose turns is shared, and shared weights are rounded for none of their readers in particular.
    const [input, weights] = [node.inputs[0], constantOf(node.inputs[1])];
    const visible = node.graph === model.graph && node.is('MatMul', 'Gemm') && input?.constant === undefined;
    return visible && input !== undefined && weights !== undefined
      ? [{ node, input, weightDims: weights.dims }]
      : [];
  });
  if (wanted.length === 0) return new Map();
  const product = await GramProduct.open(options.threads);
  try {
    const observers = observersFor(wanted, product);
    await collect(model, [...new Set(observers.values())], options.samples, options);
    return new Map([...observers].map(([node, observer]) => [node, observer.finish()]));
  } finally {
    await product.close();
  }
}
