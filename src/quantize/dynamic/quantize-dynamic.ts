import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { Edit } from '../../passes/edit.js';
import type { LeftFloat } from '../static/plan.js';
import type { Target } from '../targets/target.js';
import { dynamicRewrites } from './list.js';
import type { DynamicRewrite } from './rewrite.js';
import { SharedConstants } from './shared-constants.js';

export interface DynamicOptions {
  readonly target: Target;
  readonly isExcluded: (node: Node) => boolean;
  /** Those of `dynamicRewrites` to use; all without. */
  readonly rewrites?: readonly DynamicRewrite[];
}

export interface DynamicReport {
  /** How many nodes each rewrite replaced, by its name. */
  readonly rewritten: ReadonlyMap<string, number>;
  /** The nodes that are gone, by what they were called. */
  readonly replaced: ReadonlySet<string>;
  readonly left: readonly LeftFloat[];
}

/**
 * Quantizes a prepared model in place without any data: constant weights become integers, activations are
 * rounded while the model runs. Bodies of If, Loop and Scan are treated as the main graph is.
 */
export function quantizeDynamic(model: Model, options: DynamicOptions): DynamicReport {
  if (model.opset < 11) {
    throw new InferOptError(
      'model',
      `the model stays at opset ${model.opset}, which has no DynamicQuantizeLinear`,
      {
        hint: 'export it at opset 13 or newer',
      },
    );
  }
  const rewritten = new Map<string, number>();
  const left: LeftFloat[] = [];
  const replaced = new Set<string>();
  const context = {
    target: options.target,
    constants: new SharedConstants(),
    useDomain: (domain: string, version: number) => {
      if (!model.opsets.has(domain)) model.opsets.set(domain, version);
    },
  };
  for (const graph of [...model.graphs()]) {
    for (const node of graph.nodes()) {
      const rewrite = rewriteFor(node, options.rewrites ?? dynamicRewrites);
      if (rewrite === undefined) continue;
      const reason = options.isExcluded(node) ? 'excluded by name' : rewrite.refuse(node);
      if (reason === undefined) {
        replaced.add(node.label);
        rewrite.apply(node, new Edit(node), context);
        rewritten.set(rewrite.name, (rewritten.get(rewrite.name) ?? 0) + 1);
      } else if (rewrite.name !== 'embedding') {
        left.push({ node: node.label, op: node.opType, reason });
      }
    }
  }
  return { rewritten, replaced, left };
}

function rewriteFor(node: Node, rewrites: readonly DynamicRewrite[]): DynamicRewrite | undefined {
  return node.domain === '' ? rewrites.find((rewrite) => rewrite.operators.includes(node.opType)) : undefined;
}
