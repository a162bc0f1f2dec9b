import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { runBench } from '../../src/bench/bench.js';
import { openDataset } from '../../src/data/dataset.js';
import { parseGate } from '../../src/gates/parse.js';
import { build } from '../cli/run-cli.js';

beforeAll(build, 180_000);

const real = fileURLToPath(new URL('../../../shared/real/', import.meta.url));
const present = existsSync(real);
if (!present) console.log(`skipped: ${real} is not there`);

/** Top-1 by a plain loop around the runtime. */
async function plainTop1(model: string, data: string, evaluate: number): Promise<number> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  const dims = [1, 3, 32, 32];
  const dataset = await openDataset(data, [{ name: input, dtype: 'float32', dims }], { split: { evaluate } });
  let right = 0;
  for (let i = 0; i < evaluate; i++) {
    const sample = await dataset.evaluate.get(i);
    const values = sample.inputs.get(input)!.toFloat32();
    const outputs = await session.run({ [input]: new ort.Tensor('float32', values, dims) });
    const scores = Array.from(outputs[output]!.data as Float32Array);
    if (scores.indexOf(Math.max(...scores)) === sample.label) right++;
  }
  return right / evaluate;
}

describe.skipIf(!present)('real models', () => {
  it('have the accuracy that a plain loop finds, and equal themselves', async () => {
    const model = `${real}models/resnet20-cifar10.onnx`;
    const data = `${real}datasets/resnet20-cifar10.yaml`;
    const result = await runBench({
      baseline: model,
      candidates: [model, `${real}models/reject-unknown-op.onnx`, `${real}models/vit-cifar10.onnx`],
      openDataset: (inputs) => openDataset(data, inputs, { split: { evaluate: 150 } }),
      gates: ['speedup >= 0.8', 'top1.drop <= 0', 'max_abs <= 0', 'size <= 1x'].map(parseGate),
      timeMs: 2000,
    });
    const [baseline, same, rejected, other] = result.artifacts;
    expect(baseline!.accuracy.top1).toBe(await plainTop1(model, data, 150));
    expect(same!.outputs).toMatchObject({ agreement: 1, cosine: 1, max_abs: 0 });
    expect(rejected!.error).toContain('reject-unknown-op.onnx');
    expect(other!.error).toContain('vit-cifar10.onnx: has no input "input.1"');
    const verdicts = result.gates.filter(({ artifact }) => artifact === model).map(({ verdict }) => verdict);
    // On a loaded machine the first may stay open; it must not fail.
    expect(['pass', 'inconclusive']).toContain(verdicts[0]);
    expect(verdicts.slice(1)).toEqual(['pass', 'pass', 'pass']);
  });

  it('of odd kinds can be measured with made-up inputs', async () => {
    for (const name of ['squeezenet-ml-map-output', 'gtcrn-gru', 'squeezenet1.1-fp16']) {
      const result = await runBench({
        baseline: `${real}models/${name}.onnx`,
        candidates: [],
        openDataset: (inputs) => openDataset(undefined, inputs, { split: { evaluate: 2 } }),
        timeMs: 500,
      });
      expect(result.artifacts[0]!.latency_ms!.p50, name).toBeGreaterThan(0);
      expect(result.artifacts[0]!.error, name).toBeNull();
    }
  });
});
