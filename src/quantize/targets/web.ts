import { onnxruntimeCpuRules } from './onnxruntime-cpu.js';
import type { Target } from './target.js';

/**
 * WebAssembly multiplies in 16 bits and sums in 32, so that weights of 8 bits cannot saturate: the tests run every
 * operator in onnxruntime-web. Timed once in Node with onnxruntime-web 1.30: a net of plain Convs (resnet20) 4.5 times
 * faster than in float, one of depthwise Convs (mobilenetv2) slower, 0.8 times.
 */
export const web: Target = {
  name: 'web',
  summary: 'onnxruntime-web in WebAssembly: uint8 activations, int8 weights per channel',
  activation: 'uint8',
  symmetric: false,
  weightBound: 127,
  rules: onnxruntimeCpuRules,
};
