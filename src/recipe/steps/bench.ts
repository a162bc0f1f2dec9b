import { z } from 'zod';
import { readEnvironment } from '../../bench/environment.js';
import { benchExitStatus, type BenchResult } from '../../bench/result.js';
import { openDataset } from '../../data/dataset.js';
import { loadModel } from '../../onnx/load.js';
import { inputSpecs } from '../../ir/tensor-inputs.js';
import { bench as benchArtifacts } from '../../search/bench-artifacts.js';
import { keyOf } from '../../search/cache/key.js';
import { modelFile } from '../../search/file-sum.js';
import { dataKeyOf, machineKeyOf } from '../../search/keys.js';
import { durationText, millisecondsOf } from '../duration.js';
import { gateText } from '../gate-text.js';
import { defineStep, type StepContext, type StepOutcome } from './step.js';

const settings = z.strictObject({
  gates: z.array(gateText).optional().describe("what must hold, such as 'top1.drop <= 0.01'"),
  strict: z.boolean().optional().describe('a gate that stays inconclusive fails'),
  time: durationText.optional().describe('time for all latencies together'),
  batch: z
    .array(z.int().min(1).max(65_536))
    .min(1)
    .optional()
    .describe('batch sizes; gates hold for the first'),
});

const stored = z.custom<BenchResult>(
  (value) => typeof value === 'object' && value !== null && 'artifacts' in value,
);

export const bench = defineStep({
  name: 'bench',
  summary: 'measure what was made against the original, and judge gates',
  settings,
  changesModel: false,
  describe: ({ gates = [], strict, time, batch }) =>
    [
      'bench',
      ...gates.map((gate) => `--gate '${gate}'`),
      ...(strict === true ? ['--strict'] : []),
      ...(time === undefined ? [] : ['--time', time]),
      ...(batch === undefined ? [] : ['--batch', batch.join(',')]),
    ].join(' '),
  run: benchStep,
});

async function benchStep(wanted: z.infer<typeof settings>, context: StepContext): Promise<StepOutcome> {
  const { original, current, data, dataset, threads = 1, cache, progress, signal } = context;
  const opened = await openDataset(data, inputSpecs(await loadModel(original)), dataset);
  const key = keyOf({
    kind: 'bench',
    wanted,
    original: (await modelFile(original)).sha256,
    artifact: context.currentSha256,
    data: dataKeyOf(opened, data, dataset),
    machine: machineKeyOf(await readEnvironment()),
    threads,
  });
  const known = await cache?.read(key, stored);
  if (known !== undefined) return outcomeOf(known, true);
  const result = await benchArtifacts({
    baseline: original,
    candidates: current === original ? [] : [current],
    data,
    dataset,
    gates: wanted.gates,
    strict: wanted.strict,
    batches: wanted.batch,
    timeMs: millisecondsOf(wanted.time),
    threads,
    progress,
    signal,
  });
  signal?.throwIfAborted();
  await cache?.write(key, result);
  return outcomeOf(result, false);
}

function outcomeOf(result: BenchResult, cached: boolean): StepOutcome {
  const { verdict, warnings } = result;
  return { result, warnings, cached, verdict, unmeasured: benchExitStatus(result) === 3 };
}
