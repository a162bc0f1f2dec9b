import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { countMacs } from '../runtime/macs.js';
import { inferShapes } from '../runtime/shapes.js';
import { dynamicRewrites } from './dynamic/list.js';
import { prepare } from './prepare.js';
import { refuseQuantized } from './recognize.js';
import { planStatic, type LeftFloat } from './static/plan.js';
import { removeActivationQuantization } from './static/remove-activation-quantization.js';
import type { Target } from './targets/target.js';

interface ModePrediction {
  /** Of the model's multiply-accumulates, those that would run in integer kernels. */
  readonly integer_share_of_macs: number;
  readonly left: readonly LeftFloat[];
}

/** What `quantize` would turn into integer kernels, without calibrating anything. */
export interface Prediction {
  readonly target: string;
  readonly static: ModePrediction;
  readonly dynamic: ModePrediction;
}

/** Plans both integer modes for a model, which is prepared in place for it. Throws `model` as quantize would. */
export async function predictKernels(
  model: Model,
  inputDims: ReadonlyMap<string, readonly number[]>,
  target: Target,
): Promise<Prediction> {
  refuseQuantized(model, 'the model');
  await prepare(model, { opset: 17, extraPasses: [removeActivationQuantization] });
  await inferShapes(model, { inputDims });
  const { perNode, total } = countMacs(model);
  const share = (nodes: readonly Node[]): number =>
    total === 0 ? 0 : nodes.reduce((sum, node) => sum + (perNode.get(node) ?? 0), 0) / total;
  const plan = planStatic(model.graph, target, () => false);
  const dense: Node[] = [];
  const left: LeftFloat[] = [];
  for (const node of perNode.keys()) {
    const rewrite = dynamicRewrites.find(
      ({ operators }) => node.domain === '' && operators.includes(node.opType),
    );
    const reason = rewrite === undefined ? 'it has no dynamic integer kernel' : rewrite.refuse(node);
    if (reason === undefined) dense.push(node);
    else left.push({ node: node.label, op: node.opType, reason });
  }
  return {
    target: target.name,
    static: { integer_share_of_macs: share(plan.groups.map(({ node }) => node)), left: plan.left },
    dynamic: { integer_share_of_macs: share(dense), left },
  };
}
