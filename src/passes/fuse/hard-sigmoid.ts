import { attribute } from '../../ir/attribute.js';
import type { Value } from '../../ir/value.js';
import { isAbout, isClosed, withScalar } from '../arithmetic.js';
import { fusion } from '../fusion.js';
import { dtypeOf, isFoldable, producerOf } from '../match.js';
import { clampOf } from './clamp.js';
import type { Node } from '../../ir/node.js';

interface Found {
  readonly input: Value;
  readonly alpha: number;
  readonly beta: number;
  readonly inside: readonly Node[];
}

/** max(0, min(1, alpha * x + beta)), as it is written: a clip to 0 and `top` of x + shift, divided by `top`. */
export const hardSigmoid = fusion({
  name: 'hard-sigmoid',
  summary: 'Makes HardSigmoid out of a shifted and scaled Clip',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: ['Mul', 'Div'],
  opset: { min: 7 },
  match(node) {
    const output = node.outputs[0]!;
    const found = divided(output);
    const dtype = dtypeOf(found?.input);
    if (found === undefined || dtype === undefined || !isFoldable(dtype) || dtype === 'bfloat16')
      return undefined;
    return isClosed(found.inside, output) ? { ...found, output, name: node.name } : undefined;
  },
  rewrite({ input, alpha, beta, output, name }, edit) {
    const attributes = [
      ['alpha', attribute.float(alpha)],
      ['beta', attribute.float(beta)],
    ] as const;
    const replacement = edit.node('HardSigmoid', [input], { name, attributes }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function divided(output: Value): Found | undefined {
  const scaled = withScalar(output, 'Mul');
  const clip = producerOf(scaled?.input, 'Clip');
  const clamp = clip === undefined ? undefined : clampOf(clip);
  if (scaled === undefined || clip === undefined || clamp?.low !== 0) return undefined;
  if (!isAbout(scaled.scalar * clamp.high, 1)) return undefined;
  const shifted = withScalar(clamp.input, 'Add');
  if (shifted === undefined) return undefined;
  return {
    input: shifted.input,
    alpha: scaled.scalar,
    beta: shifted.scalar * scaled.scalar,
    inside: [shifted.node, clip, scaled.node],
  };
}

/**
 * The same with the product in between, as exporters write HardSwish: x * clip(x + 3, 0, 6) / 6. The number at
 * the end goes into the HardSigmoid.
 */
export const gatedHardSigmoid = fusion({
  name: 'gated-hard-sigmoid',
  summary: 'Makes Mul with HardSigmoid out of x * clip(x + 3, 0, 6) / 6',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: ['Mul', 'Div'],
  opset: { min: 7 },
  match(node) {
    const output = node.outputs[0]!;
    const scaled = withScalar(output, 'Mul');
    const product = producerOf(scaled?.input, 'Mul');
    if (scaled === undefined || product === undefined) return undefined;
    for (const at of [0, 1]) {
      const clip = producerOf(product.inputs[at], 'Clip');
      const gated = product.inputs[1 - at];
      const clamp = clip === undefined ? undefined : clampOf(clip);
      const shifted = withScalar(clamp?.input, 'Add');
      if (clip === undefined || clamp?.low !== 0 || shifted === undefined || gated === undefined) continue;
      const dtype = dtypeOf(gated);
      if (
        !isAbout(scaled.scalar * clamp.high, 1) ||
        dtype === undefined ||
        !isFoldable(dtype) ||
        dtype === 'bfloat16'
      )
        continue;
      if (!isClosed([shifted.node, clip, product, scaled.node], output)) continue;
      return {
        gated,
        input: shifted.input,
        alpha: scaled.scalar,
        beta: shifted.scalar * scaled.scalar,
        output,
        name: node.name,
      };
    }
    return undefined;
  },
  rewrite({ gated, input, alpha, beta, output, name }, edit, { opset }) {
    const isSwish = opset >= 14 && gated === input && isAbout(alpha, 1 / 6) && isAbout(beta, 0.5);
    const attributes = [
      ['alpha', attribute.float(alpha)],
      ['beta', attribute.float(beta)],
    ] as const;
    const gate = isSwish ? undefined : edit.node('HardSigmoid', [input], { attributes }).outputs[0]!;
    const replacement = (
      gate === undefined
        ? edit.node('HardSwish', [input], { name })
        : edit.node('Mul', [gated, gate], { name })
    ).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

/** x * HardSigmoid(x) with the numbers of HardSwish. */
export const hardSwish = fusion({
  name: 'hard-swish',
  summary: 'Makes HardSwish out of x * HardSigmoid(x)',
  effect: 'reorders-floats',
  root: 'Mul',
  opset: { min: 14 },
  match(node) {
    const output = node.outputs[0]!;
    for (const at of [0, 1]) {
      const gate = producerOf(node.inputs[at], 'HardSigmoid');
      const input = gate?.inputs[0];
      if (gate === undefined || input === undefined || input !== node.inputs[1 - at]) continue;
      if (!isAbout(gate.float('alpha', 0.2), 1 / 6) || !isAbout(gate.float('beta', 0.5), 0.5)) continue;
      return isClosed([gate, node], output) ? { input, output, name: node.name } : undefined;
    }
    return undefined;
  },
  rewrite({ input, output, name }, edit) {
    const replacement = edit.node('HardSwish', [input], { name }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
