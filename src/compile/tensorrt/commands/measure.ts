import { takes } from '../trtexec.js';
import type { EngineJob, MeasureFiles } from './job.js';
import { runShapeWords } from './shapes.js';

/** Milliseconds of warm-up: queries that started before are no part of the figures. */
export const warmUpMs = 500;
const durationSeconds = 5;

/**
 * The words that load an engine and time it. What 11 does by default and 10 only when asked (CUDA graph, spinning, no
 * transfers) is asked for, so that figures of different versions compare.
 */
export function measureWords(job: EngineJob, files: MeasureFiles): string[] {
  const pinned = ['--useCudaGraph', '--useSpinWait', '--noDataTransfers'];
  return [
    ...loadWords(job, files.engine),
    `--exportTimes=${files.times}`,
    ...pinned.filter((option) => takes(job.trtexec, option)),
    `--warmUp=${warmUpMs}`,
    `--duration=${durationSeconds}`,
  ];
}

/** The words that load an engine and run it once: proof that it is whole. */
export function loadOnceWords(job: EngineJob, engine: string): string[] {
  return [...loadWords(job, engine), '--warmUp=0', '--duration=0', '--iterations=1'];
}

/** The words that run an engine once on given inputs and write what comes out. */
export function outputWords(job: EngineJob, engine: string, inputs: string, output: string): string[] {
  return [...loadOnceWords(job, engine), `--loadInputs=${inputs}`, `--exportOutput=${output}`];
}

function loadWords(job: EngineJob, engine: string): string[] {
  const { device, extra = [] } = job.intent;
  return [
    `--loadEngine=${engine}`,
    ...runShapeWords(job),
    ...(device === undefined ? [] : [`--device=${device}`]),
    // An engine that was built with plugins does not load without them.
    ...extra.filter((word) => /^--(plugins|staticPlugins|dynamicPlugins)=/.test(word)),
  ];
}
