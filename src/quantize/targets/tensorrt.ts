import { onnxruntimeCpuRules } from './onnxruntime-cpu.js';
import type { Target } from './target.js';

/**
 * TensorRT takes signed integers around zero, scales for each channel of weights, and biases in float. It fuses what
 * stands between a multiplication and the next QuantizeLinear by itself, so that only the inputs of multiplications are
 * quantized, and the other operand of the Add that closes a residual branch (NVIDIA's advice on placing Q/DQ layers, in
 * the chapter on quantized types of the TensorRT developer guide). Not run on a GPU.
 */
export const tensorrt: Target = {
  name: 'tensorrt',
  summary:
    'TensorRT on NVIDIA GPUs: symmetric int8, weights per channel, float biases, Q/DQ where it fuses them',
  activation: 'int8',
  symmetric: true,
  weightBound: 127,
  rules: onnxruntimeCpuRules.filter(({ role }) => role === 'compute'),
  placement: 'inputs',
  bias: 'float',
  modes: { auto: ['static'], named: ['static', 'fp16', 'bf16'] },
};
