import type { Node } from '../../ir/node.js';
import { staticDims, type Dim } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import type { TypeFacts } from '../types/infer-types.js';
import { dtypeCode } from '../../tensor/dtype.js';
import { miss, type FusionContext, type Miss } from '../fusion.js';
import { constantOf, dtypeOf, integersOf, knownRank, scalarOf } from '../match.js';

/** True where a node's first output is its first input, bit by bit; a near miss where only one thing speaks against it. */
export function noOperation(node: Node, { opset, facts }: FusionContext): true | Miss | undefined {
  const found = rules[node.opType]?.(node, opset, facts);
  return found === false ? undefined : found;
}

type Rule = (node: Node, opset: number, facts: TypeFacts) => boolean | Miss;

const rules: Readonly<Record<string, Rule>> = {
  Identity: () => true,
  Dropout: dropout,
  Cast: (node) => {
    const dtype = dtypeOf(node.inputs[0]);
    return dtype !== undefined && node.int('to', 0) === dtypeCode(dtype);
  },
  Reshape: (node, _, facts) => keepsDims(node, _, facts) || reshapesToItself(node, facts),
  Flatten: keepsDims,
  Squeeze: keepsDims,
  Unsqueeze: keepsDims,
  Transpose: (node) => {
    const rank = knownRank(node.inputs[0]);
    const perm = node.ints('perm');
    if (perm === undefined) return rank !== undefined && rank < 2;
    return perm.every((axis, index) => axis === index);
  },
  Pad: (node) => {
    const pads =
      node.inputs.length > 1 ? integersOf(node.inputs[1]) : (node.ints('pads') ?? node.ints('paddings'));
    return allAre(0, pads);
  },
  Slice: slicesAll,
  Split: single,
  Concat: single,
  Sum: single,
  Mean: single,
  Max: single,
  Min: single,
  Expand: (node, _, facts) => {
    const [input, shape] = node.inputs;
    if (sameDims(facts.dimsOf(input), facts.dimsOf(node.outputs[0]))) return true;
    const target = integersOf(shape);
    const rank = knownRank(input);
    return allAre(1, target) && rank !== undefined && target !== undefined && target.length <= rank;
  },
  Tile: (node, opset) => opset >= 6 && allAre(1, integersOf(node.inputs[1])),
  Upsample: (node) =>
    allAre(1, node.inputs[1] === undefined ? node.floats('scales') : floatsOf(node.inputs[1])),
  Resize: (node, opset) => {
    if (node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize') return false;
    const scales = floatsOf(node.inputs[opset < 11 ? 1 : 2]);
    if (scales !== undefined && scales.length > 0) return allAre(1, scales);
    const sizes = opset < 11 || node.attributes.has('axes') ? undefined : integersOf(node.inputs[3]);
    return sizes !== undefined && sameNumbers(sizes, staticDims(node.inputs[0]?.type));
  },
};

function single(node: Node): boolean {
  return node.is('Split') ? node.outputs.length === 1 : node.inputs.length === 1;
}

/** Before opset 7 a Dropout said itself whether it was for inference; from 12 on an input can turn training on. */
function dropout(node: Node, opset: number): boolean | Miss {
  if (opset < 7) return node.int('is_test', 0) === 1 || miss('it is written for training (is_test is 0)');
  const training = node.inputs[2];
  if (training === undefined || scalarOf(training) === 0) return true;
  return miss('it may be switched to training');
}

/**
 * For operators that keep the number of elements: dims are equal when all are known and equal, or all but one
 * at the same place.
 */
function keepsDims(node: Node, _: number, facts: TypeFacts): boolean {
  const before = facts.dimsOf(node.inputs[0]);
  const after = facts.dimsOf(node.outputs[0]);
  if (before === undefined || after === undefined || before.length !== after.length) return false;
  const unknown = before.filter((dim, axis) => dim === undefined || dim !== after[axis]).length;
  const differ = before.some(
    (dim, axis) => typeof dim === 'number' && typeof after[axis] === 'number' && dim !== after[axis],
  );
  return !differ && unknown <= 1 && (unknown === 0 || !before.includes(0));
}

/** A target of zeros (keep this dim), the known dims themselves, and at most one -1 (what is left). */
function reshapesToItself(node: Node, facts: TypeFacts): boolean {
  const dims = facts.dimsOf(node.inputs[0]);
  const target = node.inputs.length > 1 ? integersOf(node.inputs[1]) : node.ints('shape');
  if (dims === undefined || target?.length !== dims.length) return false;
  const keepsZero = node.int('allowzero', 0) === 0;
  const open = target.filter((length, axis) => !((length === 0 && keepsZero) || length === dims[axis]));
  return open.length === 0 || (open.length === 1 && open[0] === -1 && !dims.includes(0));
}

/** From the first element to the last, forwards, on every axis that it names. */
function slicesAll(node: Node, _: number, facts: TypeFacts): boolean {
  const byInputs = node.inputs.length > 1;
  const starts = byInputs ? integersOf(node.inputs[1]) : node.ints('starts');
  const ends = byInputs ? integersOf(node.inputs[2]) : node.ints('ends');
  const steps = byInputs && node.inputs[4] !== undefined ? integersOf(node.inputs[4]) : [];
  if (!allAre(1, steps)) return false;
  if (sameDims(facts.dimsOf(node.inputs[0]), facts.dimsOf(node.outputs[0]))) return true;
  // Exporters write the largest int32 or int64 for "to the end".
  return allAre(0, starts) && ends?.every((end) => end >= 2 ** 31 - 1) === true;
}

function floatsOf(value: Value | undefined): number[] | undefined {
  const tensor = constantOf(value);
  return tensor?.dtype === 'float32' ? Array.from(tensor.toFloat32()) : undefined;
}

function allAre(expected: number, list: readonly number[] | undefined): boolean {
  return list?.every((one) => one === expected) === true;
}

function sameNumbers(a: readonly number[], b: readonly number[] | undefined): boolean {
  return b?.length === a.length && a.every((one, index) => one === b[index]);
}

/** Every length known, by number or name, and the same. */
function sameDims(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): boolean {
  return a?.length === b?.length && a?.every((dim, axis) => dim !== undefined && dim === b?.[axis]) === true;
}
