import { z } from 'zod';
import type { JobResult, RunResult, StepResult } from '../recipe/result.js';
import { humanDuration } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

/** What a recipe did, or would do, in words: each job with its steps. */
export function runText(result: RunResult, style: Style): string {
  const parts = result.jobs.map((job) => jobText(job, result.dry_run, style));
  if (result.dry_run) parts.push('Nothing was done: this is the plan.');
  else {
    const found = result.cache?.found ?? 0;
    const cached = found === 0 ? '' : `, ${found} results from ${result.cache!.folder}`;
    parts.push(paragraph('', `took ${humanDuration(result.elapsed_ms)}${cached}`, width));
  }
  return parts.join('\n\n');
}

function jobText(job: JobResult, planned: boolean, style: Style): string {
  const combination = Object.entries(job.matrix).map(([key, value]) => `${key}=${String(value)}`);
  const head = [...combination, job.model].join(' ');
  const lines = [head, ...job.steps.map((step) => stepText(step, planned, style))];
  if (job.output !== null) lines.push(paragraph('  output    ', job.output, width));
  return lines.join('\n');
}

function stepText(
  { state, verdict, does, elapsed_ms: elapsed, result }: StepResult,
  planned: boolean,
  style: Style,
): string {
  const took = state === 'done' ? ` (${humanDuration(elapsed)})` : '';
  const text = `${does}${took}${lossText(result)}${verdict === null ? '' : `: ${verdict}`}`;
  const label = planned ? '' : state;
  const color = { pass: style.success, fail: style.error, inconclusive: style.warning };
  const shown = paragraph(`  ${label.padEnd(planned ? 0 : 12)}`, text, width);
  return verdict === null ? shown : shown.replace(new RegExp(`${verdict}$`), (word) => color[verdict](word));
}

/** Steps that compare their outputs with those of the model that they were given. */
const compared = z.looseObject({ outputs: z.looseObject({ sqnr_db: z.number().nullable() }) });

/** What this step alone does to the outputs; nothing where it was not measured. */
function lossText(result: object | null): string {
  const found = compared.safeParse(result).data?.outputs;
  if (found === undefined) return '';
  return found.sqnr_db === null ? ', the same outputs' : `, its own loss SQNR ${found.sqnr_db.toFixed(1)} dB`;
}
