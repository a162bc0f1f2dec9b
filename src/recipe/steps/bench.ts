import { z } from 'zod';
import { runBench } from '../../bench/bench.js';
import { readEnvironment } from '../../bench/environment.js';
import { benchExitStatus, type BenchResult } from '../../bench/result.js';
import { openDataset } from '../../data/dataset.js';
import { parseGate } from '../../gates/parse.js';
import { externalFiles } from '../../onnx/external-files.js';
import { loadModel } from '../../onnx/load.js';
import { readModel } from '../../onnx/read.js';
import { inputSpecs } from '../../quantize/quantize.js';
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
  const timeMs = millisecondsOf(wanted.time);
  const result = await runBench({
    baseline: original,
    candidates: current === original ? [] : [current],
    openDataset: () => Promise.resolve(opened),
    gates: (wanted.gates ?? []).map(parseGate),
    strict: wanted.strict === true,
    threads,
    seed: dataset.seed ?? 1,
    ...(wanted.batch === undefined ? {} : { batches: wanted.batch }),
    ...(timeMs === undefined ? {} : { timeMs }),
    readFacts: async (path) => {
      const model = await readModel(path);
      let nodes = 0;
      for (const graph of model.graphs()) nodes += [...graph.nodes()].length;
      return { nodes, files: externalFiles(model) };
    },
    progress,
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  await cache?.write(key, result);
  return outcomeOf(result, false);
}

function outcomeOf(result: BenchResult, cached: boolean): StepOutcome {
  const { verdict, warnings } = result;
  return { result, warnings, cached, verdict, unmeasured: benchExitStatus(result) === 3 };
}
