import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import { Axes, dimsOf, type Axis } from './axes.js';
import { ruleOf } from './rules/list.js';

/** Places that go together: of each axis the places in question. */
export type Unit = ReadonlyMap<Axis, readonly number[]>;

/** Units that touch the same axes in the same way: the channels of one stretch of the network, heads, hidden units. */
export interface ChannelGroup {
  readonly axes: readonly Axis[];
  /** In the order of their first places. */
  readonly units: readonly Unit[];
}

export interface Grouping {
  readonly axes: Axes;
  readonly groups: readonly ChannelGroup[];
}

/** Constants of this size and more are shared on purpose; small ones (biases) only happen to be equal. */
const sharedSize = 4096;

/**
 * Finds which channels can go, and which go together, over the main graph and the bodies of If, Loop and Scan. Types have
 * to be known. Equal small constants that several nodes share are parted first, in place.
 */
export function groupChannels(model: Model): Grouping {
  const axes = new Axes();
  for (const graph of [...model.graphs()]) {
    partConstants(graph);
    linkGraph(graph, axes);
  }
  return { axes, groups: collect(axes) };
}

/** What enters and leaves a graph keeps its shape; so does what a body reads of the graph around it, constants apart. */
function linkGraph(graph: Graph, axes: Axes): void {
  const whose = graph.parent === undefined ? 'the model' : 'the body that it lies in';
  for (const value of [...graph.inputs, ...graph.outputs]) {
    axes.freezeValue(value, `${value.name} is an input or output of ${whose}`);
  }
  for (const node of graph.nodes()) {
    const rule = ruleOf(node.qualifiedType);
    const inside = node.subgraphs().next().done === false;
    if (rule !== undefined && !inside && node.outputs[0] !== undefined) rule.link(node, axes);
    else {
      const reason = `${node.label} (${node.qualifiedType}) is not taken apart`;
      for (const value of [...node.inputs, ...node.outputs]) axes.freezeValue(value, reason);
    }
  }
  for (const value of graph.values()) {
    if (value.constant === undefined && value.uses.some(({ node }) => node.graph !== graph)) {
      axes.freezeValue(value, `${value.name} is read in the body of another node`);
    }
  }
}

function partConstants(graph: Graph): void {
  for (const value of [...graph.constants()]) {
    if (value.constant.size >= sharedSize || value.isGraphOutput || value.isGraphInput) continue;
    if (dimsOf(value)!.filter((length) => length !== 1).length > 1) continue;
    const uses = value.uses.filter(({ node }) => node.graph === graph);
    for (const { node, index } of uses.slice(1)) {
      node.setInput(index, graph.addConstant(value.name, value.constant));
    }
  }
}

function collect(axes: Axes): ChannelGroup[] {
  const units = new Map<number, Map<Axis, number[]>>();
  for (const axis of axes.all) {
    for (let index = 0; index < axis.length; index++) {
      const root = axes.classOf(axis, index);
      if (axes.reason(root) !== undefined) continue;
      let unit = units.get(root);
      if (unit === undefined) units.set(root, (unit = new Map<Axis, number[]>()));
      const places = unit.get(axis);
      if (places === undefined) unit.set(axis, [index]);
      else places.push(index);
    }
  }
  const groups = new Map<string, Map<Axis, number[]>[]>();
  for (const unit of units.values()) {
    const key = [...unit].map(([axis, places]) => `${axis.start}*${places.length}`).join(' ');
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [unit]);
    else members.push(unit);
  }
  return [...groups.values()]
    .map((members) => ({ axes: [...members[0]!.keys()], units: members }))
    .filter(({ axes: own, units: members }) => members.length > 1 && own.some(isWeight));
}

/** Without weights along it, it is a place and no channel. */
function isWeight({ value }: Axis): boolean {
  return value.constant !== undefined && value.constant.dims.filter((length) => length > 1).length > 1;
}
