import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { Edit } from '../../passes/edit.js';
import { constantOf, dtypeOf } from '../../passes/match.js';
import { operatorForms, type OperatorForm, type Quantized } from './forms.js';

/** Operators that move or pick elements and do so with integers as well. */
export const integerMovers = [
  ...['Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice', 'Split'],
  ...['Gather', 'Expand', 'Tile', 'MaxPool', 'Resize'],
] as const;

/**
 * Writes what stands between DequantizeLinear and QuantizeLinear as operators on integers, in place. It
 * computes what onnxruntime makes of the pairs by itself: for runtimes that take only this form, and for files
 * whose kernels do not hang on a runtime's rules. Returns the number of nodes that were rewritten; the pairs
 * around others stay.
 */
export function toQOperator(model: Model): number {
  let changed = 0;
  for (const node of model.graph.nodes()) {
    const results = node.outputs.map(quantizedResult);
    if (results.length === 0 || results.includes(undefined)) continue;
    const form = operatorForms.find(({ replaces }) => node.is(...replaces));
    const done =
      form === undefined
        ? node.is(...integerMovers) && moveIntegers(node, results as Node[])
        : applyForm(model, form, node, results[0]!);
    if (done) changed += 1;
  }
  return changed;
}

/** The QuantizeLinear that is the only reader of a result; undefined for a result that is needed in float. */
function quantizedResult(value: Value | undefined): Node | undefined {
  const reader = value?.soleConsumer;
  return reader?.is('QuantizeLinear') === true && reader.inputs[0] === value && reader.inputs[2] !== undefined
    ? reader
    : undefined;
}

function quantizedInput(value: Value | undefined): Quantized | undefined {
  const node = value?.producer;
  const [integers, scale, zeroPoint] = node?.inputs ?? [];
  if (node?.is('DequantizeLinear') !== true || integers === undefined || scale === undefined)
    return undefined;
  return { integers, scale, zeroPoint };
}

function applyForm(model: Model, form: OperatorForm, node: Node, quantize: Node): boolean {
  const operands = node.inputs.map((value) => (value === undefined ? undefined : quantizedInput(value)));
  if (node.inputs.some((value, index) => value !== undefined && operands[index] === undefined)) return false;
  if (form.refuse?.(node) === true) return false;
  const output = { scale: quantize.inputs[1]!, zeroPoint: quantize.inputs[2] };
  if (form.domain !== '' && !model.opsets.has(form.domain)) model.opsets.set(form.domain, 1);
  const dropped = form.drops ?? [];
  const edit = new Edit(node);
  const replacement = edit.node(form.opType, form.inputs(operands, output), {
    domain: form.domain,
    attributes: [...node.attributes].filter(([name]) => !dropped.includes(name)),
  });
  take(edit, quantize.outputs[0]!, replacement.outputs[0]!);
  return true;
}

/** Moves integers instead of floats; their scale is the same in front and behind. */
function moveIntegers(node: Node, results: readonly Node[]): boolean {
  const data = quantizedInput(node.inputs[0]);
  if (data === undefined || data.integers.constant !== undefined) return false;
  if (
    !results.every(({ inputs }) => sameNumber(inputs[1], data.scale) && sameNumber(inputs[2], data.zeroPoint))
  )
    return false;
  const edit = new Edit(node);
  const copy = edit.like(node, [data.integers, ...node.inputs.slice(1)]);
  results.forEach((quantize, index) => {
    take(edit, quantize.outputs[0]!, copy.outputs[index]!);
  });
  return true;
}

/** The new value stands for the old one, under its name. */
function take(edit: Edit, old: Value, value: Value): void {
  const { name } = old;
  const dtype = dtypeOf(old);
  const dims = old.type?.kind === 'tensor' ? old.type.dims : undefined;
  if (dtype !== undefined) value.type = tensorType(dtype, dims);
  edit.replace(old, value);
  if (value.graph.get(name) === undefined) value.graph.rename(value, name);
}

function sameNumber(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  const [left, right] = [constantOf(a), constantOf(b)];
  return left?.size === 1 && right?.size === 1 && left.toNumbers()[0] === right.toNumbers()[0];
}
