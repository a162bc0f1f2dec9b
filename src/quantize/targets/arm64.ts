import { onnxruntimeCpuRules } from './onnxruntime-cpu.js';
import type { Target } from './target.js';

/**
 * The rules are those of the CPU provider, which are the same for every processor; weights around zero are what
 * its kernels for arm64 are made for (onnxruntime/core/mlas/lib/aarch64). Not run on such a machine yet.
 */
export const arm64: Target = {
  name: 'arm64',
  summary: 'onnxruntime on 64-bit ARM: uint8 activations, int8 weights per channel (not run there yet)',
  activation: 'uint8',
  symmetric: false,
  weightBound: 127,
  rules: onnxruntimeCpuRules,
};
