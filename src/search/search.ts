import { join } from 'node:path';
import type { SampleSet } from '../data/dataset.js';
import { InferOptError, messageOf } from '../errors.js';
import type { Progress } from '../progress.js';
import { worthDoubt } from './choose.js';
import { stepOutput } from './command.js';
import type { Entry } from './entry.js';
import { make, type MakeContext } from './make.js';
import { measure, type MeasureContext } from './measure.js';
import type { TimePlan } from './plan-time.js';
import { standing, surest } from './rank.js';
import type { Measurement } from './result.js';
import { firstOf, type SearchSamples } from './samples.js';
import type { TransformJob } from './transforms/transform.js';

export interface SearchSettings {
  readonly folder: string;
  readonly plan: TimePlan;
  readonly samples: SearchSamples;
  readonly strict: boolean;
  readonly job: Omit<TransformJob, 'output'>;
  readonly making: MakeContext;
  readonly measuring: MeasureContext;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** So many are always measured for longer, however many candidates there are. */
const leastKept = 3;
/** More are not judged: whoever judges often enough passes by chance. */
const mostJudged = 4;

/**
 * Finds the best candidates by successive halving: each is made and looked at briefly on few samples; the better half
 * is measured for longer on all samples of the search; the best of those are judged on samples that the search has not
 * seen, in the order of their promise, until one passes that no other can beat; where none of them does, the fastest
 * that is all but sure to. Entries are filled in place: whenever
 * time is over or somebody stops it, they hold what was known by then.
 */
export class Search {
  readonly #settings: SearchSettings;
  readonly #started = performance.now();
  interrupted = false;
  /** The original measured against itself on held-out samples, once that was needed. */
  original: Measurement | undefined;

  constructor(settings: SearchSettings) {
    this.#settings = settings;
  }

  async run(entries: readonly Entry[]): Promise<void> {
    try {
      await this.#lookAt(entries);
      const kept = this.#betterHalf(entries);
      await this.#measure(kept);
      await this.#judge(kept, entries);
    } catch (thrown) {
      if (this.#settings.signal?.aborted !== true) throw thrown;
      this.interrupted = true;
    }
  }

  /** Makes and measures every candidate in short, as long as there is time. */
  async #lookAt(entries: readonly Entry[]): Promise<void> {
    const { plan, samples, progress } = this.#settings;
    const few = firstOf(samples.search, plan.firstLookSamples);
    const step = progress.start('Trying candidates', entries.length);
    try {
      for (const [place, entry] of entries.entries()) {
        step.note(entry.name);
        // The first one gets a chance however short the time is.
        const end = place === 0 ? plan.end : plan.lookEnd;
        await this.#within(entry, end, async (signal) => {
          await this.#make(entry, signal);
          entry.firstLook = await this.#measured(entry, 'search', few, plan.firstLookMs, signal);
          if (entry.firstLook.error !== null) entry.failed(entry.firstLook.error);
          else entry.state = 'measured';
        });
        step.advance();
      }
    } finally {
      step.done();
    }
  }

  #betterHalf(entries: readonly Entry[]): Entry[] {
    const measured = sorted(entries.filter(({ firstLook }) => firstLook?.error === null));
    const keep = Math.max(leastKept, Math.ceil(measured.length / 2));
    const kept = measured.filter((entry, place) => place < keep && entry.score > -Infinity);
    for (const entry of measured) {
      if (kept.includes(entry)) continue;
      entry.state = 'dropped';
      entry.reason = reasonToDrop(entry.firstLook!);
    }
    return kept;
  }

  async #measure(kept: readonly Entry[]): Promise<void> {
    const { plan, samples, progress } = this.#settings;
    const step = progress.start('Measuring the better half', kept.length);
    try {
      for (const entry of kept) {
        step.note(entry.name);
        const set = firstOf(samples.search, affordable(entry.firstLook!, plan.searchMs, samples.search));
        await this.#within(entry, plan.searchEnd, async (signal) => {
          entry.search = await this.#measured(entry, 'search', set, plan.searchMs, signal);
          if (entry.search.error !== null) entry.failed(entry.search.error);
        });
        step.advance();
      }
    } finally {
      step.done();
    }
  }

  async #judge(kept: readonly Entry[], entries: readonly Entry[]): Promise<void> {
    const { plan, samples, progress, strict } = this.#settings;
    const promising = sorted(kept).filter((entry) => entry.score > -Infinity && entry.state !== 'failed');
    const step = progress.start('Judging on unseen samples', Math.min(promising.length, mostJudged));
    // What a candidate must promise to be able to beat those that were judged.
    let hurdle = -Infinity;
    const judge = (entry: Entry, end: number): Promise<void> => {
      step.note(entry.name);
      const set = firstOf(samples.heldOut, affordable(entry.known!, plan.judgeMs, samples.heldOut));
      return this.#within(entry, end, async (signal) => {
        entry.judged = await this.#measured(entry, 'held-out', set, plan.judgeMs, signal);
        entry.state = 'judged';
        hurdle = Math.max(hurdle, hurdleOf(entry, strict));
      });
    };
    // The first one, and the surest where none holds, get a chance however late it is.
    const atLeast = (durationMs: number): number => Math.max(plan.end, this.#elapsed + durationMs);
    try {
      for (const [place, entry] of promising.slice(0, mostJudged).entries()) {
        if (entry.score < hurdle) break;
        const reserve = hurdle === -Infinity ? plan.judgeMs : 0;
        await judge(entry, place === 0 ? atLeast(3 * plan.judgeMs) : plan.end - reserve);
        step.advance();
      }
      const sure = hurdle === -Infinity ? surest(entries.filter(isUnjudged), strict) : undefined;
      if (sure !== undefined) await judge(sure, atLeast(1.5 * plan.judgeMs));
      const held = entries.some(({ judged }) => judged !== undefined && holds(judged, strict));
      if (!held) await this.#judgeOriginal();
    } finally {
      step.done();
    }
  }

  async #judgeOriginal(): Promise<void> {
    const { measuring, samples, plan, signal } = this.#settings;
    this.original = await measure(measuring, {
      artifact: measuring.original,
      sha256: measuring.originalSha256,
      part: 'held-out',
      samples: firstOf(samples.heldOut, plan.firstLookSamples),
      timeMs: plan.searchMs,
      signal,
    });
  }

  async #make(entry: Entry, signal: AbortSignal): Promise<void> {
    const { folder, job, making, measuring } = this.#settings;
    const { candidate } = entry;
    const artifact = join(folder, `${candidate.name}.onnx`);
    let [model, sha256] = [measuring.original, measuring.originalSha256];
    for (const [place, { transform, settings }] of candidate.steps.entries()) {
      const output = stepOutput(candidate, place, artifact);
      const made = await make(
        transform,
        settings,
        { ...job, model, output, measure: false, signal },
        sha256,
        making,
      );
      [model, sha256] = [output, made.sha256];
    }
    entry.file = artifact;
    entry.sha256 = sha256;
  }

  #measured(
    entry: Entry,
    part: 'search' | 'held-out',
    samples: SampleSet,
    timeMs: number,
    signal: AbortSignal,
  ): Promise<Measurement> {
    const artifact = { artifact: entry.file!, sha256: entry.sha256! };
    return measure(this.#settings.measuring, { ...artifact, part, samples, timeMs, signal });
  }

  /** Does one candidate's work until `end`; its failure is its own, a signal of the caller ends it all. */
  async #within(entry: Entry, end: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#settings;
    signal?.throwIfAborted();
    const left = end - this.#elapsed;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.max(0, left));
    try {
      if (left <= 0) late.abort();
      late.signal.throwIfAborted();
      if (signal === undefined) await work(late.signal);
      else await untilAborted(work(AbortSignal.any([signal, late.signal])), signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (late.signal.aborted) entry.reason = 'time was over';
      // A disk that is full is no property of a candidate: the original must not win by it.
      else if (thrown instanceof InferOptError && !['internal', 'output'].includes(thrown.code))
        entry.failed(messageOf(thrown));
      else throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  get #elapsed(): number {
    return performance.now() - this.#started;
  }
}

/** Whoever stops a search gets its result at once: what does not look at its signal in time is not waited for. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
  });
  // Its end, whatever it is, is nobody's any more.
  work.catch(() => undefined);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function isUnjudged({ state, judged }: Entry): boolean {
  return state !== 'failed' && judged === undefined;
}

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => b.score - a.score);
}

function reasonToDrop(measured: Measurement): string {
  const failed = measured.gates.find(({ verdict }) => verdict === 'fail');
  if (failed !== undefined) return `${failed.expr} fails on the first samples`;
  return `others are better: ${measured.speedup?.value.toFixed(2) ?? '-'}x on the first samples`;
}

function holds(judged: Measurement, strict: boolean): boolean {
  if (judged.error !== null || judged.speedup === null) return false;
  return (judged.speedup.ci95?.[0] ?? 0) > 1 && standing(judged.gates, strict) !== 'does not hold';
}

/** Scores are about logarithms of speed-ups: whoever is below cannot be taken before this one. */
function hurdleOf(entry: Entry, strict: boolean): number {
  if (entry.judged === undefined || !holds(entry.judged, strict)) return -Infinity;
  const passes = standing(entry.judged.gates, strict) === 'passes';
  return passes ? entry.score : entry.score - Math.log(worthDoubt);
}

/**
 * How many samples are worth their time: comparing outputs takes no more than about twice as long as measuring
 * latency. A power of two, so that small changes of speed ask for the same number, which may be in the cache.
 */
function affordable(
  { original_ms: original, latency_ms: own }: Measurement,
  timeMs: number,
  set: SampleSet,
): number {
  const each = (original ?? 0) + (own ?? 0);
  const most = each > 0 ? (2 * timeMs) / each : set.size;
  if (most >= set.size) return set.size;
  return Math.min(set.size, Math.max(32, 2 ** Math.floor(Math.log2(most))));
}
