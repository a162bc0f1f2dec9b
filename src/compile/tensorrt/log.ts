import { versionInBanner, type TensorRtVersion } from './version.js';

/** Lines that are kept of each kind; a broken build can repeat itself for megabytes. */
const keptLines = 200;

/** What trtexec's performance summary says, in milliseconds and queries a second. */
export interface PerformanceSummary {
  readonly queriesPerSecond: number | undefined;
  /** Median latency of the host, with transfers where they were made. */
  readonly latencyMedianMs: number | undefined;
  readonly computeMedianMs: number | undefined;
}

/** Where a run of trtexec is, as its log tells. */
export type Stage = 'starting' | 'parsing' | 'building' | 'loading' | 'measuring' | 'done';

const stages: readonly (readonly [pattern: RegExp, stage: Stage])[] = [
  [/Start parsing network model/i, 'parsing'],
  [/Finished parsing network model/i, 'building'],
  [/Engine built in|Created engine with size|Engine deserialized in/i, 'loading'],
  [/Starting inference/i, 'measuring'],
  [/&&&& (PASSED|FAILED)/, 'done'],
];

/** Reads the log of trtexec line by line. The words are those of 8.x to 11.x, which hardly changed. */
export class TrtexecLog {
  version: TensorRtVersion | undefined;
  stage: Stage = 'starting';
  /** True at "&&&& PASSED", false at "&&&& FAILED", undefined when neither came. */
  passed: boolean | undefined;
  buildSeconds: number | undefined;
  /** Time to load an engine, as trtexec tells. */
  loadSeconds: number | undefined;
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  /** Warnings below the performance summary: about the figures themselves. */
  readonly figureWarnings: string[] = [];
  readonly lastLines: string[] = [];
  #inSummary = false;
  #summary: { -readonly [Key in keyof PerformanceSummary]: PerformanceSummary[Key] } | undefined;

  get summary(): PerformanceSummary | undefined {
    return this.#summary;
  }

  /** Takes a line; true when the stage changed with it. */
  feed(line: string): boolean {
    if (line.trim() === '') return false;
    keep(this.lastLines, line, true);
    this.version ??= versionInBanner(line);
    if (line.startsWith('&&&& PASSED')) this.passed = true;
    if (line.startsWith('&&&& FAILED')) this.passed = false;
    const [, kind, text = ''] = /^(?:\[[\d/:-]+\]\s+)?\[([EWI])\]\s*(.*)$/.exec(line) ?? [];
    if (kind === 'E') keep(this.errors, text);
    if (kind === 'W') this.#warn(text);
    if (kind === 'I') this.#inform(text);
    const stage = stages.find(([pattern]) => pattern.test(line))?.[1];
    if (stage === undefined || stage === this.stage) return false;
    this.stage = stage;
    return true;
  }

  #warn(text: string): void {
    if (this.#inSummary && text.startsWith('*')) keep(this.figureWarnings, text.replace(/^\*\s*/, ''));
    else if (!this.#inSummary) keep(this.warnings, text);
  }

  #inform(text: string): void {
    if (text.includes('=== Performance summary ===')) {
      this.#inSummary = true;
      this.#summary = { queriesPerSecond: undefined, latencyMedianMs: undefined, computeMedianMs: undefined };
    }
    const built = /^Engine built in ([\d.eE+-]+) sec/.exec(text)?.[1];
    if (built !== undefined) this.buildSeconds = Number(built);
    const loaded = /^Engine deserialized in ([\d.eE+-]+) sec/.exec(text)?.[1];
    if (loaded !== undefined) this.loadSeconds = Number(loaded);
    if (this.#summary === undefined) return;
    const throughput = /^Throughput: ([\d.eE+-]+) qps/.exec(text)?.[1];
    if (throughput !== undefined) this.#summary.queriesPerSecond = Number(throughput);
    const [, what, median] = /^(Latency|GPU Compute Time): .*median = ([\d.eE+-]+) ms/.exec(text) ?? [];
    if (what === 'Latency') this.#summary.latencyMedianMs = Number(median);
    if (what === 'GPU Compute Time') this.#summary.computeMedianMs = Number(median);
  }
}

function keep(list: string[], line: string, newest = false): void {
  list.push(line);
  if (list.length > keptLines) list.splice(newest ? 0 : keptLines, 1);
}
