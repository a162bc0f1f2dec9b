import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { staticDims } from '../../ir/types.js';
import { byteLengthOf } from '../../tensor/dtype.js';
import { elementCount } from '../../tensor/tensor.js';
import { constantOf, dtypeOf, integersOf } from '../match.js';
import type { PassContext } from '../pass.js';

/**
 * How much larger a model may still become by folding, measured against its constants at the first run in
 * this context: what other passes save in between is won back.
 */
export class FoldingBudget {
  #left: number;

  constructor(model: Model, context: PassContext) {
    const bytes = constantBytes(model);
    if (!atFirst.has(context)) atFirst.set(context, bytes);
    this.#left = atFirst.get(context)! + context.constantBudget - bytes;
  }

  /** The reason not to keep a result of that size in the place of a node; none where the size is unknown. */
  refuses(node: Node, bytes: number | undefined): string | undefined {
    if (bytes === undefined) return undefined;
    const left = Math.max(this.#left, 0);
    const grown = bytes - freedBy(node);
    return grown > left ? `its result would add ${grown} bytes, and ${left} are left` : undefined;
  }

  take(node: Node, bytes: number): void {
    this.#left -= bytes - freedBy(node);
  }
}

const atFirst = new WeakMap<PassContext, number>();

function constantBytes(model: Model): number {
  let bytes = 0;
  for (const graph of model.graphs())
    for (const { constant } of graph.constants()) bytes += constant.byteLength;
  return bytes;
}

/** The constants that go away with a node; those that somebody else reads as well stay. */
function freedBy(node: Node): number {
  let freed = 0;
  for (const value of new Set(node.inputs)) {
    if (value?.constant === undefined || value.isGraphOutput || value.isGraphInput) continue;
    const ownUses = node.inputs.filter((input) => input === value).length;
    if (ownUses === value.useCount) freed += value.constant.byteLength;
  }
  return freed;
}

/** The size of a node's result where it is known without computing it. */
export function predictedBytes(node: Node): number | undefined {
  const [output] = node.outputs;
  const dims = output === undefined ? undefined : (staticDims(output.type) ?? dimsFromConstants(node));
  if (dims === undefined) return undefined;
  const dtype = dtypeOf(output) ?? dtypeOf(node.inputs[0]) ?? 'float32';
  return dtype === 'string' ? undefined : byteLengthOf(dtype, elementCount(dims));
}

/** The operators that make much out of little say how much in their inputs. */
function dimsFromConstants(node: Node): readonly number[] | undefined {
  if (node.is('ConstantOfShape')) return integersOf(node.inputs[0]);
  if (node.is('Expand')) return integersOf(node.inputs[1]);
  if (node.is('Tile')) {
    const size = constantOf(node.inputs[0])?.size;
    const repeats = integersOf(node.inputs[1]);
    return size === undefined || repeats === undefined ? undefined : [size, ...repeats];
  }
  if (node.is('Range')) {
    const [start, limit, delta] = node.inputs.map((value) => constantOf(value)?.toNumbers()[0]);
    if (start === undefined || limit === undefined || delta === undefined) return undefined;
    return [Math.max(Math.ceil((limit - start) / delta), 0)];
  }
  return undefined;
}
