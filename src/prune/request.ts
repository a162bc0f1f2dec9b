import type { DatasetOptions } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Progress } from '../progress.js';
import { chosenBudget, type Budget } from './budget.js';
import type { Scheme } from './schemes/scheme.js';

export interface PruneRequest {
  readonly model: string;
  readonly output: string;
  /** A name of `schemes`, or any N:M. */
  readonly scheme: string;
  /** From 0 to below 1; what it counts is the scheme's. */
  readonly ratio?: number | undefined;
  /** Instead of a ratio, for channels: shares of the original's that are to be left, one of them. */
  readonly macs?: number | undefined;
  readonly parameters?: number | undefined;
  /** Measured on this machine. */
  readonly latency?: number | undefined;
  /** How channels are judged; the scheme's choice without. */
  readonly score?: string | undefined;
  /** Dataset file or source; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  /** How zeros are shared out among layers; the scheme's choice without. */
  readonly allocation?: string | undefined;
  /** False only cuts. */
  readonly repair?: boolean | undefined;
  readonly threads?: number | undefined;
  /** False leaves the artifact untimed. */
  readonly measure?: boolean | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is to be left, where no ratio says it. Throws `usage` for what does not fit together. */
export function checkRequest(request: PruneRequest, scheme: Scheme): Budget | undefined {
  const budget = chosenBudget(request, request.ratio);
  checkRatio(scheme, request.ratio, budget);
  checkChannelsOnly(scheme, request, budget);
  return budget;
}

/** What only the scheme for channels looks at would have no effect elsewhere. */
function checkChannelsOnly(scheme: Scheme, request: PruneRequest, budget: Budget | undefined): void {
  const given = budget === undefined ? request.score && '--score' : `--${budget.of}`;
  if (given && scheme.counts !== 'channels') {
    throw new InferOptError('usage', `${given} is for --scheme channel, and the scheme is ${scheme.name}`);
  }
  if (budget?.of === 'latency' && request.measure === false) {
    throw new InferOptError('usage', '--latency is met by measuring, and --no-measure forbids it');
  }
}

function checkRatio(scheme: Scheme, ratio: number | undefined, budget: Budget | undefined): void {
  if (ratio === undefined && budget === undefined && scheme.takesRatio) {
    throw new InferOptError('usage', `the scheme ${scheme.name} needs a ratio`, {
      hint: scheme.counts === 'channels' ? 'such as --ratio 0.3, or --latency 0.7x' : 'such as --ratio 0.5',
    });
  }
  if (ratio !== undefined && !(ratio >= 0 && ratio < 1)) {
    throw new InferOptError('usage', `the ratio ${ratio} is not from 0 to below 1`);
  }
}
