import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { dtypeOf } from '../../passes/match.js';
import { hasMacs } from '../../runtime/macs.js';
import { ruleFor, type OperatorRule, type Target } from '../targets/target.js';
import { foldableActivation } from './activation.js';
import { placeAtInputs } from './place-at-inputs.js';

/** An operator that becomes an integer kernel, with the activation that goes into its output range. */
export interface IntegerGroup {
  readonly node: Node;
  readonly rule: OperatorRule;
  /** Relu or Clip behind it, expressed by the range of the output. */
  readonly activation: Node | undefined;
  /** What the group computes: several for Split. */
  readonly outputs: readonly Value[];
}

/** A node that could matter and stays float, with the reason. */
export interface LeftFloat {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

export interface StaticPlan {
  /** In the graph's order. */
  readonly groups: readonly IntegerGroup[];
  /** Every value that is stored as integers: outputs of groups, and float values that a compute group reads. */
  readonly values: ReadonlySet<Value>;
  /** Those of `values` that a group computes: they exist as integers only. */
  readonly integerOnly: ReadonlySet<Value>;
  readonly left: readonly LeftFloat[];
  /** Those of them that an integer kernel would make slower. */
  readonly fasterInFloat: ReadonlySet<Node>;
}

/**
 * Decides what becomes integer. Every compute operator that the target has a kernel for does; others only
 * where all of their data is integer already and their result is read as integers again (or they shrink
 * it), since each crossing between integer and float costs a pass over the data.
 */
export function planStatic(graph: Graph, target: Target, isExcluded: (node: Node) => boolean): StaticPlan {
  const left: LeftFloat[] = [];
  const candidates = new Map<Node, IntegerGroup>();
  const fasterInFloat = new Set<Node>();
  for (const node of graph.nodes()) {
    left.push(...bodiesLeft(node));
    const rule = ruleFor(target, node);
    if (rule === undefined) {
      if (hasMacs(node))
        left.push({ node: node.label, op: node.opType, reason: 'the target has no integer kernel for it' });
      continue;
    }
    const refused = isExcluded(node) ? 'excluded by name' : refusal(node, rule);
    const reason = refused ?? rule.fasterInFloat?.(node);
    if (refused === undefined && reason !== undefined) fasterInFloat.add(node);
    if (reason === undefined) candidates.set(node, groupOf(node, rule));
    else if (rule.role === 'compute') left.push({ node: node.label, op: node.opType, reason });
  }
  const compute = [...candidates.values()].filter(({ rule }) => rule.role === 'compute');
  if (target.placement === 'inputs') return placeAtInputs(compute, left);
  const chosen = new Map(compute.map((group) => [group.node, group]));
  const values = new Set<Value>();
  for (const group of compute) addValues(group, values);
  grow(graph, candidates, chosen, values);
  prune(graph, chosen);
  return finish(graph, chosen, left, fasterInFloat);
}

/** Ranges are those of the main graph's values: what bodies of If, Loop and Scan compute is not seen. */
function bodiesLeft(owner: Node): LeftFloat[] {
  const bodies = [...owner.subgraphs()].flatMap((body) => [...body.withSubgraphs()]);
  const nodes = bodies.flatMap((body) => [...body.nodes()]).filter(hasMacs);
  const reason = `it is inside the body of ${owner.label}`;
  return nodes.map((node) => ({ node: node.label, op: node.opType, reason }));
}

function refusal(node: Node, rule: OperatorRule): string | undefined {
  const data = rule.dataInputs(node).map((index) => node.inputs[index]);
  if (data.every((value) => value?.constant !== undefined)) return 'its data is constant';
  const odd = data.find((value) => dtypeOf(value) !== 'float32' && dtypeOf(value) !== undefined);
  if (odd !== undefined) return `it computes in ${dtypeOf(odd) ?? 'another type'}`;
  return rule.refuse?.(node);
}

function groupOf(node: Node, rule: OperatorRule): IntegerGroup {
  const outputs = node.outputs.filter((value) => value !== undefined);
  // Where the range of the output is not its own, as that of a Concat, it cannot say an activation as well.
  const ownRange = rule.role !== 'layout' && rule.outputRange === undefined && !node.is('Concat');
  const activation = ownRange ? foldableActivation(outputs[0]!) : undefined;
  return { node, rule, activation, outputs: activation === undefined ? outputs : [activation.outputs[0]!] };
}

function addValues(group: IntegerGroup, values: Set<Value>): void {
  for (const value of dataOf(group)) values.add(value);
  for (const value of group.outputs) values.add(value);
}

/** The computed values that a group reads as integers (constants are quantized on the spot). */
export function dataOf({ node, rule }: IntegerGroup): Value[] {
  return rule
    .dataInputs(node)
    .map((index) => node.inputs[index])
    .filter((value): value is Value => value !== undefined && value.constant === undefined);
}

/** Adds operators whose data is all integer, until nothing changes. */
function grow(
  graph: Graph,
  candidates: ReadonlyMap<Node, IntegerGroup>,
  chosen: Map<Node, IntegerGroup>,
  values: Set<Value>,
): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const node of graph.nodes()) {
      const group = candidates.get(node);
      if (group === undefined || chosen.has(node)) continue;
      if (!dataOf(group).every((value) => values.has(value))) continue;
      chosen.set(node, group);
      addValues(group, values);
      changed = true;
    }
  }
}

/** Takes operators out again whose result goes into float only, unless they make it smaller. */
function prune(graph: Graph, chosen: Map<Node, IntegerGroup>): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const node of graph.nodesReversed()) {
      const group = chosen.get(node);
      if (group === undefined || group.rule.role === 'compute' || shrinks(node)) continue;
      const wanted = group.outputs.some((value) =>
        value.consumers.some((reader) => readsAsInteger(reader, value, chosen)),
      );
      if (wanted && feedsFromGroups(group, chosen)) continue;
      chosen.delete(node);
      changed = true;
    }
  }
}

function readsAsInteger(reader: Node, value: Value, chosen: ReadonlyMap<Node, IntegerGroup>): boolean {
  const group = chosen.get(reader);
  return group !== undefined && dataOf(group).includes(value);
}

/** True when at least one operand comes out of an integer kernel: else the operator would only move the crossing. */
function feedsFromGroups(group: IntegerGroup, chosen: ReadonlyMap<Node, IntegerGroup>): boolean {
  return dataOf(group).some((value) => {
    const producer = value.producer;
    if (producer === undefined) return group.rule.role === 'layout';
    if (chosen.has(producer)) return true;
    const behind = producer.inputs[0]?.producer;
    return (
      (behind !== undefined && chosen.get(behind)?.activation === producer) || producer.is('DequantizeLinear')
    );
  });
}

/** A global mean is not among them: in float it is as fast, and rounding it is often the last error before the scores. */
function shrinks(node: Node): boolean {
  return node.is('AveragePool', 'MaxPool');
}

function finish(
  graph: Graph,
  chosen: ReadonlyMap<Node, IntegerGroup>,
  left: LeftFloat[],
  fasterInFloat: ReadonlySet<Node>,
): StaticPlan {
  const groups: IntegerGroup[] = [];
  const values = new Set<Value>();
  const integerOnly = new Set<Value>();
  for (const node of graph.nodes()) {
    const group = chosen.get(node);
    if (group === undefined) continue;
    groups.push(group);
    addValues(group, values);
    for (const value of group.outputs) integerOnly.add(value);
  }
  return { groups, values, integerOnly, left, fasterInFloat };
}
