import { takes } from '../trtexec.js';
import type { EngineRun, MeasureFiles } from './job.js';
import { runShapeWords } from './shapes.js';

/** Milliseconds of warm-up: queries that started before are no part of the figures. */
export const warmUpMs = 500;
const durationSeconds = 5;

/**
 * The words that load an engine and time it. What 11 does by default and 10 only when asked (CUDA graph, spinning, no
 * transfers) is asked for, so that figures of different versions compare.
 */
export function measureWords(job: EngineRun, files: MeasureFiles): string[] {
  const pinned = ['--useCudaGraph', '--useSpinWait', '--noDataTransfers'];
  return [
    ...loadWords(job, files.engine),
    `--exportTimes=${files.times}`,
    ...pinned.filter((option) => takes(job.trtexec, option)),
    `--warmUp=${warmUpMs}`,
    `--duration=${durationSeconds}`,
  ];
}

/** Milliseconds of warm-up before each block of a bench, which starts trtexec anew. */
export const blockWarmUpMs = 200;

/**
 * The words that time `count` queries or a few more on given inputs, the transfers of inputs and outputs included: what
 * whoever asks the engine waits for.
 */
export function blockWords(run: EngineRun, files: MeasureFiles, inputs: string, count: number): string[] {
  const pinned = ['--useCudaGraph', '--useSpinWait', '--includeDataTransfers'];
  return [
    ...loadWords(run, files.engine),
    `--loadInputs=${inputs}`,
    `--exportTimes=${files.times}`,
    ...pinned.filter((option) => takes(run.trtexec, option)),
    `--warmUp=${blockWarmUpMs}`,
    '--duration=0',
    `--iterations=${count}`,
  ];
}

/** The words that load an engine and run it once: proof that it is whole. */
export function loadOnceWords(job: EngineRun, engine: string): string[] {
  return [...loadWords(job, engine), '--warmUp=0', '--duration=0', '--iterations=1'];
}

/** The words that run an engine once on given inputs and write what comes out. */
export function outputWords(job: EngineRun, engine: string, inputs: string, output: string): string[] {
  return [...loadOnceWords(job, engine), `--loadInputs=${inputs}`, `--exportOutput=${output}`];
}

function loadWords(job: EngineRun, engine: string): string[] {
  const { device, extra = [] } = job.intent;
  return [
    `--loadEngine=${engine}`,
    ...runShapeWords(job),
    ...(device === undefined ? [] : [`--device=${device}`]),
    // An engine that was built with plugins does not load without them.
    ...extra.filter((word) => /^--(plugins|staticPlugins|dynamicPlugins)=/.test(word)),
  ];
}
