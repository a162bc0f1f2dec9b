import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BenchResult } from '../../src/bench/result.js';
import { openDataset } from '../../src/data/dataset.js';
import { inputSpecs } from '../../src/ir/tensor-inputs.js';
import { verifyModel } from '../../src/ir/verify.js';
import { loadModel } from '../../src/onnx/load.js';
import type { PruneResult } from '../../src/prune/result.js';
import { pruneModel } from '../../src/prune/prune.js';
import type { QuantizeResult } from '../../src/quantize/result.js';
import { runRecipe } from '../../src/recipe/run-recipe.js';
import { runText } from '../../src/report/run-text.js';
import { plain } from '../../src/report/style.js';
import { compareOutputs } from '../../src/runtime/compare-outputs.js';
import { build } from '../cli/run-cli.js';

const model = resolve('fixtures/glyphs-resnet.onnx');
const data = resolve('fixtures/glyphs-resnet.yaml');
let folder = '';
beforeAll(build, 180_000);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-together-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('prunes, then quantizes, then fuses: one valid artifact, each step with its own loss', async () => {
  const recipe = join(folder, 'together.yaml');
  const steps = ['prune: {scheme: channel, ratio: 0.2}', 'quantize: {mode: static}', 'fuse: {level: basic}'];
  const bench = "bench: {gates: ['top1.drop <= 0.1', 'size <= 0.5x'], time: 400ms}";
  const head = `model: ${model}\ndata: ${data}\nsplit: {calibrate: 24, evaluate: 100}\noutput: together.onnx\n`;
  await writeFile(recipe, `${head}steps:\n${[...steps, bench].map((step) => `  - ${step}\n`).join('')}`);
  const result = await runRecipe({ recipe });
  const [job] = result.jobs;
  const [pruned, quantized, fused, measured] = job!.steps.map((step) => step.result);
  const [first, second] = [pruned as PruneResult, quantized as QuantizeResult];
  expect(first.macs!.after / first.macs!.before).toBeLessThanOrEqual(0.8);
  expect(second.mode).toBe('static');
  expect(fused).not.toBeNull();
  const artifact = await loadModel(join(folder, 'together.onnx'));
  verifyModel(artifact);
  expect([...artifact.graph.nodes()].some((node) => node.is('QuantizeLinear'))).toBe(true);
  // Both lose something, each against what it was given.
  expect(first.outputs!.sqnr_db).toBeGreaterThan(5);
  expect(second.outputs!.sqnr_db).toBeGreaterThan(15);
  const candidate = (measured as BenchResult).artifacts[1]!;
  expect(candidate.error).toBeNull();
  expect(candidate.versus_baseline!.size_ratio).toBeLessThan(0.5);
  const text = runText(result, plain).replace(/\s+/g, ' ');
  expect(text).toContain(`its own loss SQNR ${first.outputs!.sqnr_db!.toFixed(1)} dB`);
  expect(text).toContain(`its own loss SQNR ${second.outputs!.sqnr_db!.toFixed(1)} dB`);
  // The loss of the first step, worked out again from what the command alone writes.
  const alone = join(folder, 'alone.onnx');
  const dataset = { samples: 24 };
  await pruneModel({ model, data, dataset, output: alone, scheme: 'channel', ratio: 0.2, measure: false });
  const { calibrate } = await openDataset(data, inputSpecs(await loadModel(model)), dataset);
  const again = await compareOutputs(model, alone, calibrate, { threads: 1, limit: first.outputs!.samples });
  expect(again.sqnr_db).toBeCloseTo(first.outputs!.sqnr_db!, 1);
}, 120_000);
