import type { Node } from '../../ir/node.js';
import { foldableActivation } from '../static/activation.js';
import { onnxruntimeCpuRules } from './onnxruntime-cpu.js';
import type { OperatorRule, Target } from './target.js';

/** Products in one sum of a Conv, up to which it is faster in floats when a pool follows: 3 x 3 over four channels. */
const shortSum = 36;

/** The table of the CPU provider, but for what is faster in floats on this processor. */
const rules = onnxruntimeCpuRules.map((rule): OperatorRule =>
  rule.operators.includes('Conv') ? { ...rule, fasterInFloat: hasShortSums } : rule,
);

/**
 * A Conv with short sums, as over the three channels of a picture, and a pool behind its activation. The integer kernel
 * gathers a few bytes at a time there, and the pool shrinks what has to be turned into integers:
 * `node scripts/bench/picture-stems.js` measures it.
 */
function hasShortSums(conv: Node): string | undefined {
  const dims = conv.inputs[1]?.constant?.dims;
  const terms = dims?.slice(1).reduce((product, dim) => product * dim, 1) ?? Infinity;
  if (terms > shortSum || conv.int('group', 1) !== 1) return undefined;
  const activation = foldableActivation(conv.outputs[0]!);
  const pool = activation?.outputs[0]?.soleConsumer;
  if (pool?.is('MaxPool') !== true || pool.outputs.length !== 1) return undefined;
  return `with sums of ${terms} products in front of a MaxPool it is faster in float`;
}

/**
 * Unsigned activations, signed weights: the operand order of VPDPBUSD and VPMADDUBSW. With signed
 * activations the runtime leaves every value with two readers in float.
 */
export const x86: Target = {
  name: 'x86',
  summary: 'onnxruntime on x86-64 with VNNI: uint8 activations, int8 weights per channel',
  activation: 'uint8',
  symmetric: false,
  weightBound: 127,
  rules,
};

/** Without VNNI pairs of products are summed in 16 bits, which saturate unless weights keep to 7 bits. */
export const x86Avx2: Target = {
  ...x86,
  name: 'x86-avx2',
  summary: 'onnxruntime on x86-64 without VNNI: as x86, with weights of 7 bits so that sums do not saturate',
  weightBound: 64,
};
