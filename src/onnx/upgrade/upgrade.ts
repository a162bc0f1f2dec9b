import { InferOptError } from '../../errors.js';
import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { lowestIrVersion } from '../ir-version.js';
import { newestOpset, operatorVersions } from '../signatures/operator-versions.js';
import { conversionAt } from './conversions.js';
import { copyGraph } from './copy.js';
import { early, experimental, refusalAt } from './decisions.js';
import { ValueFacts } from './facts.js';
import { Site } from './site.js';

export interface UpgradeReport {
  readonly from: number;
  readonly to: number;
  /** What was rewritten: so many nodes of that operator over that version. Most nodes stay as they are. */
  readonly conversions: readonly {
    readonly operator: string;
    readonly version: number;
    readonly nodes: number;
  }[];
}

/**
 * Carries a model to a newer operator set of the standard, in place, with the meaning of every node kept:
 * its main graph, the bodies inside, and the functions that it brings along. A model at `target` or above
 * stays as it is. Declared types help (the old forms need ranks and element types now and then); what
 * follows from them by the operators' rules is found here.
 *
 * Throws `model`, with the operator and the node, when one cannot be carried over; the model is then
 * untouched. Throws `usage` for a target that is not known here.
 */
export function upgradeOpset(model: Model, target: number): UpgradeReport {
  if (!Number.isInteger(target) || target < 1 || target > newestOpset) {
    throw new InferOptError('usage', `opset ${target} is not one that models can be carried to`, {
      hint: `choose one from 1 to ${newestOpset}`,
    });
  }
  const parts = partsOf(model).filter((part) => part.from < target);
  // A trial on copies first, so that a refusal half-way leaves the model as it was.
  for (const part of parts) convert(copyGraph(part.graph), part, target);
  const counts = new Map<string, number>();
  for (const part of parts) {
    convert(part.graph, part, target, counts);
    part.opsets.set('', target);
  }
  const from = parts.find((part) => part.kind === 'main')?.from ?? model.opset;
  if (parts.length > 0) model.irVersion = Math.max(model.irVersion, lowestIrVersion(model));
  const conversions = [...counts].map(([key, nodes]) => {
    const [operator, version] = key.split(' ') as [string, string];
    return { operator, version: Number(version), nodes };
  });
  return { from, to: model.opset, conversions };
}

/** A graph with operator set versions of its own. */
interface Part {
  readonly kind: 'main' | 'function';
  readonly graph: Graph;
  readonly opsets: Map<string, number>;
  readonly from: number;
}

function partsOf(model: Model): Part[] {
  const parts: Part[] = [];
  // A model that uses no operator of the standard need not name its operator set.
  if (model.opsets.has('') || usesStandard(model.graph)) {
    parts.push({ kind: 'main', graph: model.graph, opsets: model.opsets, from: model.opset });
  }
  for (const { graph, opsets } of model.functions) {
    const from = opsets.get('');
    if (from !== undefined) parts.push({ kind: 'function', graph, opsets, from });
  }
  return parts;
}

function usesStandard(graph: Graph): boolean {
  for (const inner of graph.withSubgraphs()) {
    for (const node of inner.nodes()) if (node.domain === '') return true;
  }
  return false;
}

function convert(root: Graph, part: Part, target: number, counts?: Map<string, number>): void {
  checkKnown(root, part.from);
  let facts = new ValueFacts(root, part.kind);
  for (let version = part.from + 1; version <= target; version += 1) {
    let changed = false;
    // Bodies before the nodes that hold them, which may be replaced with a copy of the body.
    for (const graph of [...root.withSubgraphs()].reverse()) {
      // A list of its own: nodes that a conversion adds are in the new form already.
      for (const node of [...graph.nodes()]) {
        if (node.domain !== '' || !convertNode(node, facts, version)) continue;
        changed = true;
        const key = `${node.opType} ${version}`;
        counts?.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    if (changed && version < target) facts = new ValueFacts(root, part.kind);
  }
}

/** True when the node was rewritten. */
function convertNode(node: Node, facts: ValueFacts, version: number): boolean {
  const refusal = refusalAt(node.opType, version);
  if (refusal !== undefined) new Site(node, facts, version).refuse(refusal);
  const conversion = conversionAt(node.opType, version);
  conversion?.convert(new Site(node, facts, version));
  return conversion !== undefined;
}

/** What an unknown operator means in a newer operator set is unknown as well. */
function checkKnown(root: Graph, opset: number): void {
  for (const graph of root.withSubgraphs()) {
    for (const node of graph.nodes()) {
      if (node.domain !== '' || experimental.has(node.opType) || early.has(node.opType)) continue;
      const first = Object.hasOwn(operatorVersions, node.opType)
        ? operatorVersions[node.opType]?.[0]
        : undefined;
      if (first !== undefined && first <= opset) continue;
      const since = first === undefined ? 'in no opset' : `since opset ${first} only`;
      throw new InferOptError(
        'model',
        `operator ${node.opType} of node ${node.label} cannot be carried from opset ${opset}: the standard has it ${since}`,
        { hint: 'keep the opset as it is, or put the operator into a domain of its own' },
      );
    }
  }
}
