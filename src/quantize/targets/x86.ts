import { onnxruntimeCpuRules } from './onnxruntime-cpu.js';
import type { Target } from './target.js';

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
  rules: onnxruntimeCpuRules,
};

/** Without VNNI pairs of products are summed in 16 bits, which saturate unless weights keep to 7 bits. */
export const x86Avx2: Target = {
  ...x86,
  name: 'x86-avx2',
  summary: 'onnxruntime on x86-64 without VNNI: as x86, with weights of 7 bits so that sums do not saturate',
  weightBound: 64,
};
