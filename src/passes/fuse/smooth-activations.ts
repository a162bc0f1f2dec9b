import { eitherOrder, isClosed } from '../arithmetic.js';
import { fusion, miss } from '../fusion.js';
import { dtypeOf, producerOf, scalarOf } from '../match.js';

/** x * tanh(softplus(x)). */
export const mish = fusion({
  name: 'mish',
  summary: 'Makes Mish out of x * tanh(softplus(x))',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Mul',
  opset: { min: 18 },
  match(node) {
    const output = node.outputs[0]!;
    const gated = eitherOrder(node, (value) => producerOf(value, 'Tanh'));
    const softplus = producerOf(gated?.found.inputs[0], 'Softplus');
    const input = softplus?.inputs[0];
    if (gated === undefined || softplus === undefined || input === undefined || gated.other !== input)
      return undefined;
    if (dtypeOf(output) !== 'float32') return undefined;
    if (!isClosed([node, gated.found, softplus], output))
      return miss('a part of it is read elsewhere as well');
    return { input, output, name: node.name };
  },
  rewrite({ input, output, name }, edit) {
    const replacement = edit.node('Mish', [input], { name }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

/**
 * log(1 + exp(x)). On request only: onnxruntime computes the operator many times slower than its parts, and it
 * stays finite where they overflow.
 */
export const softplus = fusion({
  name: 'softplus',
  summary: 'Makes Softplus out of log(1 + exp(x))',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Log',
  opset: { min: 7 },
  match(node) {
    const output = node.outputs[0]!;
    const sum = producerOf(node.inputs[0], 'Add');
    const one = eitherOrder(sum, (value) => (scalarOf(value) === 1 ? true : undefined));
    const exponential = producerOf(one?.other, 'Exp');
    const input = exponential?.inputs[0];
    if (sum === undefined || exponential === undefined || input === undefined) return undefined;
    if (dtypeOf(output) !== 'float32') return undefined;
    if (!isClosed([node, sum, exponential], output)) return miss('a part of it is read elsewhere as well');
    return { input, output, name: node.name };
  },
  rewrite({ input, output, name }, edit) {
    const replacement = edit.node('Softplus', [input], { name }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
