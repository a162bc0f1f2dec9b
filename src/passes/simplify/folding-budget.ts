import type { Node } from '../../ir/node.js';
import { staticDims } from '../../ir/types.js';
import { byteLengthOf } from '../../tensor/dtype.js';
import { elementCount } from '../../tensor/tensor.js';
import { constantOf, dtypeOf, integersOf } from '../match.js';

/**
 * The reason not to keep a result of so many bytes in the place of a node, or undefined. It looks at the node
 * alone, so that what is refused once is refused the next time too. An unknown size is no reason.
 */
export function overBudget(node: Node, bytes: number | undefined, budget: number): string | undefined {
  if (bytes === undefined) return undefined;
  const grown = bytes - freedBy(node);
  return grown > budget ? `its result would add ${grown} bytes, and ${budget} are allowed` : undefined;
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
