import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { dependentOn, obstacleAt } from './graph/differentiate.js';
import { parametersOf } from './parameters.js';

/**
 * Says before training starts when an operator between a trained weight and the outputs has no gradient, and
 * whether freezing what lies below it would do.
 */
export function checkGradients(model: Model, trained: ReadonlySet<string>): void {
  const nodes = [...model.graph.nodes()];
  const parameters = parametersOf(model).filter(({ value }) => trained.has(value.name));
  const dependent = dependentOn(new Set(parameters.map(({ value }) => value)), nodes);
  const reaching = nodesBelowOutputs(model);
  const obstacles = nodes.flatMap((node) => {
    if (!reaching.has(node) || !node.inputs.some((input) => input !== undefined && dependent.has(input)))
      return [];
    const reason = obstacleAt(node, dependent);
    return reason === undefined ? [] : [{ node, reason }];
  });
  const [first] = obstacles;
  if (first === undefined) return;
  const blocked = new Set(obstacles.map(({ node }) => node));
  const above = parameters.filter(({ node }) => isFree(node, blocked));
  const more = obstacles.length > 1 ? ` (and ${obstacles.length - 1} more like it)` : '';
  throw new InferOptError('model', `${first.reason}${more}`, {
    hint:
      above.length === 0
        ? 'every trained weight lies below it, so that freezing what lies below leaves nothing to train'
        : `freeze what lies below it with --freeze: ${above.length} of ${parameters.length} weights lie above, from ${above[0]!.node.label} on`,
  });
}

function nodesBelowOutputs(model: Model): Set<Node> {
  const found = new Set<Node>();
  const waiting = model.graph.outputs.flatMap(({ producer }) => (producer === undefined ? [] : [producer]));
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (input?.producer !== undefined) waiting.push(input.producer);
  }
  return found;
}

/** True when nothing that comes after a node is blocked. */
function isFree(node: Node, blocked: ReadonlySet<Node>): boolean {
  const seen = new Set<Node>();
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (blocked.has(next)) return false;
    for (const output of next.outputs) waiting.push(...(output?.consumers ?? []));
  }
  return true;
}
