import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { eitherOrder, isAbout, isClosed, withScalar } from '../arithmetic.js';
import { producerOf, scalarOf } from '../match.js';

export interface GeluMatch {
  readonly input: Value;
  readonly approximate: 'none' | 'tanh';
  readonly inside: readonly Node[];
}

/** GELU with its output, of whatever order and grouping: products of x, 1/2 and 1 + erf(x / sqrt 2) or 1 + tanh(...). */
export function geluOf(root: Node): GeluMatch | undefined {
  const factors = factorsOf(root);
  if (factors === undefined) return undefined;
  const { values, scale, nodes } = factors;
  if (values.length !== 2 || !isAbout(scale, 0.5)) return undefined;
  for (const at of [0, 1]) {
    const [input, gate] = [values[at]!, values[1 - at]!];
    const found = gateOf(gate, input);
    if (found !== undefined)
      return { input, approximate: found.approximate, inside: [...nodes, ...found.nodes] };
  }
  return undefined;
}

/** The factors of a product of at most three Mul (or Div by a number), the numbers among them multiplied. */
function factorsOf(root: Node): { values: Value[]; scale: number; nodes: Node[] } | undefined {
  const values: Value[] = [];
  const nodes: Node[] = [];
  let scale = 1;
  const visit = (value: Value, depth: number): void => {
    const node = value.producer;
    const scalar = scalarOf(value);
    if (scalar !== undefined) scale *= scalar;
    else if (depth < 3 && node?.is('Mul') === true && (depth === 0 || value.soleConsumer !== undefined))
      split(node, depth);
    else if (
      depth < 3 &&
      node?.is('Div') === true &&
      scalarOf(node.inputs[1]) !== undefined &&
      (depth === 0 || value.soleConsumer !== undefined)
    ) {
      nodes.push(node);
      scale /= scalarOf(node.inputs[1])!;
      visit(node.inputs[0]!, depth + 1);
    } else values.push(value);
  };
  const split = (node: Node, depth: number): void => {
    nodes.push(node);
    for (const operand of node.inputs) if (operand !== undefined) visit(operand, depth + 1);
  };
  const [output] = root.outputs;
  if (output === undefined) return undefined;
  visit(output, 0);
  return { values, scale, nodes };
}

function gateOf(
  gate: Value,
  input: Value,
): { approximate: GeluMatch['approximate']; nodes: readonly Node[] } | undefined {
  const sum = withScalar(gate, 'Add');
  if (sum === undefined || !isAbout(sum.scalar, 1)) return undefined;
  const erf = producerOf(sum.input, 'Erf');
  if (erf !== undefined) {
    const scaled = withScalar(erf.inputs[0], 'Mul');
    if (scaled === undefined || scaled.input !== input || !isAbout(scaled.scalar, Math.SQRT1_2, 1e-3))
      return undefined;
    return { approximate: 'none', nodes: [sum.node, erf, scaled.node] };
  }
  const tanh = producerOf(sum.input, 'Tanh');
  const inner = tanh === undefined ? undefined : withScalar(tanh.inputs[0], 'Mul');
  if (tanh === undefined || inner === undefined || !isAbout(inner.scalar, Math.sqrt(2 / Math.PI), 1e-3))
    return undefined;
  const cubic = cubicOf(inner.input, input);
  return cubic === undefined
    ? undefined
    : { approximate: 'tanh', nodes: [sum.node, tanh, inner.node, ...cubic] };
}

/** x + 0.044715 x^3, the cube by Pow or by Mul. */
function cubicOf(value: Value, input: Value): readonly Node[] | undefined {
  const sum = producerOf(value, 'Add');
  const found = eitherOrder(sum, (operand) => (operand === input ? true : undefined));
  if (sum === undefined || found === undefined) return undefined;
  const scaled = withScalar(found.other, 'Mul');
  if (scaled === undefined || !isAbout(scaled.scalar, 0.044715, 1e-3)) return undefined;
  const power = producerOf(scaled.input, 'Pow');
  if (power !== undefined)
    return power.inputs[0] === input && scalarOf(power.inputs[1]) === 3
      ? [sum, scaled.node, power]
      : undefined;
  const cube = producerOf(scaled.input, 'Mul');
  const square = eitherOrder(cube, (operand) => {
    const node = producerOf(operand, 'Mul');
    return node?.inputs[0] === input && node.inputs[1] === input ? node : undefined;
  });
  if (cube === undefined || square === undefined || square.other !== input) return undefined;
  return [sum, scaled.node, cube, square.found];
}

/** True when a match stands alone, so that everything in it goes away. */
export function standsAlone({ inside }: GeluMatch, output: Value): boolean {
  return isClosed(inside, output);
}

export function geluAttributes(
  approximate: GeluMatch['approximate'],
): (readonly [string, ReturnType<typeof attribute.string>])[] {
  return approximate === 'none' ? [] : [['approximate', attribute.string('tanh')]];
}
