import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/ir/value.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { onnxruntimeCpuRules } from '../../../src/quantize/targets/onnxruntime-cpu.js';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { describeKernels } from '../../../src/runtime/kernels.js';
import { withOptimizedGraph } from '../../../src/runtime/optimized-graph.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32 } from '../../support/build.js';
import { makeArtifact } from '../artifact.js';
import { betweenConvs, constant, kernels } from './patterns.js';

describe('the table of the CPU provider', () => {
  const listed = onnxruntimeCpuRules.flatMap(({ operators }) => operators);

  it('has a pattern here for every operator', () => {
    expect(Object.keys(kernels).sort()).toEqual([...listed].sort());
  });

  it.each(listed)('%s runs on integers', async (operator) => {
    const { kernel, build } = kernels[operator]!;
    const artifact = await makeArtifact(betweenConvs(build), staticMode, { target: x86 });
    expect(artifact.kernels.float).toBe(0);
    await withOptimizedGraph(artifact.model, undefined, 1, (optimized) => {
      const nodes = [...optimized.model.graph.nodes()];
      const found = nodes.filter((node) => node.opType === kernel);
      expect(found.length).toBeGreaterThan(0);
      // What goes in is no float: neither it nor anything in front of it was left between conversions.
      for (const node of nodes) {
        const floats = node.inputs.filter((value) => value?.producer?.opType === 'DequantizeLinear');
        expect([node.opType, floats.length]).toEqual([node.opType, 0]);
      }
      expect(nodes.filter(({ opType }) => opType === 'DequantizeLinear')).toHaveLength(1);
    });
  });
});

/** Conv between DequantizeLinear and QuantizeLinear, with what the rules hang on in the caller's hands. */
function pair(settings: {
  activation?: 'uint8' | 'int8';
  biasFactor?: number;
  readers?: number;
  closed?: boolean;
}) {
  const { activation = 'uint8', biasFactor = 1, readers = 1, closed = true } = settings;
  return buildModel(17, (g) => {
    const scale = (value: number): Value => constant(g, f32([], [value]));
    const zero = (dtype: 'uint8' | 'int8' | 'int32'): Value =>
      constant(g, Tensor.fromNumbers(dtype, [], [0]));
    const x = g.input('x', 'float32[1,4,6,6]');
    const q = g.node('QuantizeLinear', [x, scale(0.02), zero(activation)]);
    const real = g.node('DequantizeLinear', [q, scale(0.02), zero(activation)]);
    for (let reader = 0; reader < readers; reader++) {
      const w = constant(g, Tensor.of('int8', [4, 4, 1, 1], new Int8Array(16).fill(3)));
      const b = constant(g, Tensor.of('int32', [4], new Int32Array(4).fill(100)));
      const weights = g.node('DequantizeLinear', [w, scale(0.5), zero('int8')]);
      const bias = g.node('DequantizeLinear', [
        b,
        scale(Math.fround(0.02 * 0.5) * biasFactor),
        zero('int32'),
      ]);
      const y = g.node('Conv', [real, weights, bias]);
      const result = closed
        ? g.node('DequantizeLinear', [
            g.node('QuantizeLinear', [y, scale(0.1), zero(activation)]),
            scale(0.1),
            zero(activation),
          ])
        : y;
      g.output(result, `y${reader}`, 'float32');
    }
  });
}

describe('what the rules hang on', () => {
  it.each([
    ['uint8 activations, the bias at s_x * s_w, an output of integers', {}, 0],
    ['uint8 activations with two readers', { readers: 2 }, 0],
    ['int8 activations with one reader', { activation: 'int8' }, 0],
    ['int8 activations with two readers', { activation: 'int8', readers: 2 }, 2],
    ['a bias at another scale', { biasFactor: 2 }, 1],
    ['no QuantizeLinear behind', { closed: false }, 1],
  ] as const)('%s', async (_, settings, float) => {
    const report = await describeKernels(pair(settings));
    expect(report.float).toBe(float);
  });
});
