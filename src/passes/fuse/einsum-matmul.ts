import { attribute } from '../../ir/attribute.js';
import type { Value } from '../../ir/value.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Edit } from '../edit.js';
import { fusion, miss, type FusionContext } from '../fusion.js';
import { dtypeOf } from '../match.js';

/** Einsum of two operands that is a product of matrices, one for each index in front: the runtime's kernel for it is slow. */
export const einsumMatMul = fusion({
  name: 'einsum-matmul',
  summary:
    'Makes MatMul, with a Transpose in front where it takes one, of an Einsum that multiplies matrices',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Einsum',
  opset: { min: 12 },
  match(node, context) {
    const [left, right] = node.inputs;
    const plan = planOf(node.string('equation', ''));
    if (plan === undefined || left === undefined || right === undefined || node.inputs.length !== 2)
      return undefined;
    const dtype = dtypeOf(left);
    if (dtype === undefined || !isFloat(dtype) || dtype === 'bfloat16') return undefined;
    if (!lengthsAgree(plan, left, right, context)) return miss('lengths of one letter may differ');
    return { plan, left, right, output: node.outputs[0]!, name: node.name };
  },
  rewrite({ plan, left, right, output, name }, edit) {
    const product = edit.node('MatMul', [turned(left, plan.left, edit), turned(right, plan.right, edit)], {
      name,
    }).outputs[0]!;
    product.type = output.type;
    edit.replace(output, product);
  },
});

interface Plan {
  readonly operands: readonly [string, string];
  /** True where the last two axes have to be swapped. */
  readonly left: boolean;
  readonly right: boolean;
}

/** `B i k, B k j -> B i j` with any letters, where either operand may have its last two the other way round. */
function planOf(equation: string): Plan | undefined {
  const found = /^([a-z]+),([a-z]+)->([a-z]+)$/i.exec(equation.replaceAll(' ', ''));
  const [, a, b, result] = found ?? [];
  if (a === undefined || b === undefined || result === undefined || result.length < 2) return undefined;
  if (a.length !== result.length || b.length !== result.length) return undefined;
  if ([a, b, result].some((letters) => new Set(letters).size !== letters.length)) return undefined;
  const batch = result.slice(0, -2);
  const [row, column] = [result.at(-2)!, result.at(-1)!];
  if (!a.startsWith(batch) || !b.startsWith(batch)) return undefined;
  const inner = Array.from(a.slice(-2)).find((letter) => letter !== row);
  if (inner === undefined || inner === column || !a.includes(row) || !b.includes(column)) return undefined;
  if (!b.slice(-2).includes(inner)) return undefined;
  return { operands: [a, b], left: a.at(-1) !== inner, right: b.at(-1) !== column };
}

/** An Einsum lets a length of 1 stand for any; a product of matrices does so in front only. */
function lengthsAgree(
  { operands: [a, b] }: Plan,
  left: Value,
  right: Value,
  { facts }: FusionContext,
): boolean {
  const [x, y] = [facts.dimsOf(left), facts.dimsOf(right)];
  if (x?.length !== a.length || y?.length !== b.length) return false;
  return Array.from(a).every((letter, at) => {
    const other = b.indexOf(letter);
    return other < 0 || (x[at] !== undefined && x[at] === y[other]);
  });
}

function turned(value: Value, swap: boolean, edit: Edit): Value {
  if (!swap) return value;
  const rank =
    value.constant?.dims.length ?? (value.type?.kind === 'tensor' ? value.type.dims?.length : 0) ?? 0;
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  return edit.node('Transpose', [value], { attributes: [['perm', attribute.ints(perm)]] }).outputs[0]!;
}
