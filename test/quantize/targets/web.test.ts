import { env, InferenceSession, Tensor as WebTensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { web } from '../../../src/quantize/targets/web.js';
import { buildModel, f32, type GraphBuilder } from '../../support/build.js';
import { makeArtifact, randomSamples } from '../artifact.js';
import { betweenConvs, kernels } from './patterns.js';

env.wasm.numThreads = 1;

async function runInWeb(bytes: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  try {
    const { y } = await session.run({ x: new WebTensor('float32', x, [...dims]) });
    return y!.data as Float32Array;
  } finally {
    await session.release();
  }
}

describe('the target of browsers, in WebAssembly', () => {
  it.each(Object.keys(kernels))('%s gives what the same artifact gives on x86', async (operator) => {
    const model = betweenConvs(kernels[operator]!.build);
    const samples = randomSamples(model);
    const {
      bytes,
      outputs,
      kernels: found,
    } = await makeArtifact(model, staticMode, { target: web, samples });
    expect(found.float).toBe(0);
    const [original, artifact] = outputs.map((one) => one.get('y')!.toNumbers());
    const x = samples[0]!.get('x')!;
    const inWeb = await runInWeb(bytes, x.toFloat32(), x.dims);
    // Kernels round halves in different ways: a step in one value of a layer is a step or so behind the next.
    const noise = squares(original!, artifact!);
    expect(squares(artifact!, inWeb)).toBeLessThanOrEqual(Math.max(noise, 1e-12));
  });

  it('does not saturate where sums of pairs of 8-bit weights would', async () => {
    const model = buildModel(17, saturating);
    const samples = [new Map([['x', f32([1, 64], Array<number>(64).fill(1))]])];
    const { bytes } = await makeArtifact(model, staticMode, { target: web, samples });
    const [y] = await runInWeb(bytes, new Float32Array(64).fill(1), [1, 64]);
    expect(y).toBeCloseTo(64, 0);
  });
});

/** 64 products of the largest activation and the largest weight: pairs of them are beyond 16 bits. */
function saturating(g: GraphBuilder): void {
  const weights = g.constant('w', f32([64, 1], Array<number>(64).fill(1)));
  g.output(g.node('MatMul', [g.input('x', 'float32[1,64]'), weights]), 'y', 'float32');
}

function squares(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, i) => (value - b[i]!) ** 2).reduce((sum, square) => sum + square, 0);
}
