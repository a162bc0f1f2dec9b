import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { constantOf } from '../../passes/match.js';

/** A value whose channels can be scaled freely: one Conv makes it, and Convs alone read it. */
export interface EqualizablePair {
  readonly producer: Node;
  /** What the channels are measured on: the output of the Relu where there is one. */
  readonly value: Value;
  readonly readers: readonly Node[];
  readonly channels: number;
}

/**
 * Conv, then nothing or Relu, then Convs only: relu(s y) = s relu(y) for s > 0, so that a factor for each
 * channel can go into the weights in front and out of the weights behind.
 */
export function equalizablePairs(graph: Graph): EqualizablePair[] {
  const pairs: EqualizablePair[] = [];
  for (const producer of graph.nodes()) {
    const weights = constantOf(producer.inputs[1]);
    if (!producer.is('Conv') || weights?.dtype !== 'float32' || !hasFixedBias(producer)) continue;
    // Shared weights would have to be stored twice.
    if (producer.inputs[1]!.useCount > 1) continue;
    const output = producer.outputs[0]!;
    const relu = output.soleConsumer?.is('Relu') === true ? output.soleConsumer : undefined;
    const value = relu?.outputs[0] ?? output;
    const channels = weights.dims[0]!;
    if (value.isGraphOutput || value.useCount === 0) continue;
    const uses = value.uses;
    const readable = uses.every(
      ({ node, index }) => index === 0 && node.graph === graph && readsChannels(node, channels),
    );
    if (readable) pairs.push({ producer, value, readers: uses.map(({ node }) => node), channels });
  }
  return pairs;
}

function hasFixedBias(node: Node): boolean {
  return node.inputs[2] === undefined || constantOf(node.inputs[2])?.dtype === 'float32';
}

function readsChannels(node: Node, channels: number): boolean {
  const weights = constantOf(node.inputs[1]);
  if (!node.is('Conv') || weights?.dtype !== 'float32' || node.inputs[1]!.useCount > 1) return false;
  return weights.dims[1]! * node.int('group', 1) === channels;
}
