import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { elementCount } from '../../tensor/tensor.js';
import { blockedDomain, widened } from '../gradients/convolution/blocked.js';
import type { Emitter } from './emitter.js';

/**
 * Operators that work element by element, wherever these lie. What they make of the padding of a block does not
 * matter as long as it is finite: it meets weights of zero and is left off at the end.
 */
const elementwise = new Set(['Add', 'Sub', 'Mul', 'Relu', 'LeakyRelu', 'Clip', 'HardSigmoid', 'Sign']);

/**
 * Leaves values in blocks of channels from one convolution to the next: operators in between move before the change
 * of layout, changes there and back cancel, and sums and Relu become part of the convolution before them. Nodes are
 * added at the end of the graph: whoever calls sorts it.
 */
export function keepBlocked(emitter: Emitter): void {
  const { graph } = emitter;
  for (const node of [...graph.nodes()]) moveBeforeReorder(emitter, node);
  const blocked = new Map<Value, Value>();
  for (const node of [...graph.nodes()]) {
    if (!isBlocked(node, 'ReorderInput')) continue;
    const [given, own] = [node.inputs[0]!, node.outputs[0]!];
    const plain = widened.has(given) ? given.producer!.inputs[0]! : given;
    const known = blockedOf(plain) ?? blocked.get(plain);
    if (known === undefined) {
      blocked.set(plain, own);
      continue;
    }
    replace(own, known);
    graph.remove(node);
    if (plain !== given && given.isUnused) graph.remove(given.producer!);
  }
  for (const node of [...graph.nodes()]) {
    if (isBlocked(node, 'ReorderOutput') && node.outputs[0]!.isUnused) graph.remove(node);
  }
  for (const node of [...graph.nodes()]) if (isBlocked(node, 'Conv')) absorb(node);
}

/** An operator on values that have just come out of blocks is computed in blocks. */
function moveBeforeReorder(emitter: Emitter, node: Node): void {
  const [output, ...others] = node.outputs;
  if (node.domain !== '' || !elementwise.has(node.opType)) return;
  if (output === undefined || output.isGraphOutput || others.length > 0) return;
  const dims = emitter.dims(output);
  const full = node.inputs.filter((value) => value !== undefined && elementCount(emitter.dims(value)) > 1);
  const blocked = new Map(full.map((value) => [value, blockedOf(value!)]));
  const [first] = blocked.values();
  if (first === undefined || full.some((value) => emitter.dims(value!).join() !== dims.join())) return;
  if ([...blocked.values()].includes(undefined)) return;
  const moved = emitter.emit(
    node.opType,
    node.inputs.map((value) => blocked.get(value) ?? value),
    emitter.dims(first),
    Object.fromEntries(node.attributes),
  );
  const settings = { channels: dims[1]! };
  replace(output, emitter.emit('ReorderOutput', [moved], dims, settings, { domain: blockedDomain }));
  const { name } = node;
  emitter.graph.remove(node);
  // Reports name layers by their nodes.
  if (name !== '') moved.producer!.name = emitter.graph.names.fresh(name);
}

/** The value in blocks that a value was made from. */
function blockedOf(value: Value): Value | undefined {
  const { producer } = value;
  return producer !== undefined && isBlocked(producer, 'ReorderOutput') ? producer.inputs[0] : undefined;
}

/** A sum with another value and a Relu behind a convolution are computed by it. */
function absorb(convolution: Node): void {
  const next = convolution.outputs[0]!.soleConsumer;
  if (next?.is('Add') === true) {
    const other = next.inputs.find((value) => value !== convolution.outputs[0]);
    if (other !== undefined && sameDims(other, next.outputs[0]!)) {
      const [image, weight, bias] = convolution.inputs;
      convolution.setInputs([image, weight, bias, other]);
      takeOver(convolution, next);
    }
  }
  const last = convolution.outputs[0]!.soleConsumer;
  if (last?.is('Relu') === true) {
    convolution.attributes.set('activation', attribute.string('Relu'));
    takeOver(convolution, last);
  }
}

/** A node gives what the one behind it gave. */
function takeOver(node: Node, next: Node): void {
  replace(next.outputs[0]!, node.outputs[0]!);
  node.graph.remove(next);
}

function sameDims(a: Value, b: Value): boolean {
  const [left, right] = [a, b].map(({ type }) => (type?.kind === 'tensor' ? type.dims?.join() : undefined));
  return left !== undefined && left === right;
}

function isBlocked(node: Node, opType: string): boolean {
  return node.domain === blockedDomain && node.opType === opType;
}

function replace(value: Value, by: Value): void {
  for (const use of value.uses) use.node.setInput(use.index, by);
}
