import type { PruneResult } from '../prune/result.js';
import { humanBytes, humanCount, humanMilliseconds, humanRatio, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

const budgetNames: Readonly<Record<NonNullable<PruneResult['budget']>['of'], string>> = {
  macs: 'the multiply-accumulates',
  parameters: 'the parameters',
  latency: 'the latency',
};

/** Reasons that are told. */
const leftShown = 6;

/** What prune did, in words: the artifact, what it gains where, and what was left alone. */
export function pruneText(result: PruneResult, style: Style): string {
  const { input, output, ratio, budget, zeros, pattern, macs, parameters, measured, outputs } = result;
  const lines: [label: string, text: string][] = [];
  const part = ratio === null ? '' : `, ratio ${ratio.reached.toFixed(4)} of ${ratio.asked}`;
  const asked =
    budget === null
      ? part
      : `, ${budget.reached.toFixed(4)}x of ${budgetNames[budget.of]}, ${budget.asked}x asked`;
  lines.push(['written', `${output.path} (${style.success(`scheme ${result.scheme}`)}${asked})`]);
  const compressed =
    output.gzip_bytes === null || input.gzip_bytes === null
      ? ''
      : `; compressed ${humanBytes(output.gzip_bytes)}, before ${humanBytes(input.gzip_bytes)}`;
  lines.push([
    'size',
    `${humanBytes(output.bytes)}, ${humanRatio(output.size_ratio)} of ${humanBytes(input.bytes)}` +
      compressed,
  ]);
  lines.push(['zeros', `${humanShare(zeros.after)} of the weights, before ${humanShare(zeros.before)}`]);
  if (pattern !== null) {
    const state = pattern.holds ? style.success('holds') : style.warning('does not hold');
    lines.push([
      'pattern',
      `${pattern.name} ${state} in ${pattern.holding} of ${pattern.eligible} layers that can hold it`,
    ]);
  }
  const counts = `${humanCount(parameters.after)} parameters, before ${humanCount(parameters.before)}`;
  const work = macs === null ? '' : `; ${humanCount(macs.after)} MACs, before ${humanCount(macs.before)}`;
  lines.push(['model', counts + work]);
  if (measured !== null) {
    const times = `${humanMilliseconds(measured.original_ms)} to ${humanMilliseconds(measured.artifact_ms)}`;
    lines.push([
      'speed-up',
      `${humanRatio(measured.speedup)} (${times}, measured in short: see infer-opt bench)`,
    ]);
  }
  if (outputs !== null) {
    const sqnr = outputs.sqnr_db === null ? 'no difference' : `SQNR ${outputs.sqnr_db.toFixed(1)} dB`;
    lines.push([
      'outputs',
      `${sqnr}, cosine ${outputs.cosine.toFixed(5)}, over ${outputs.samples} calibration samples`,
    ]);
  }
  if (result.repair !== null) {
    const { samples, dataset, passes, memory_bytes: memory } = result.repair;
    lines.push([
      'repair',
      `from ${samples} samples of ${dataset}, in ${passes} passes, sums of at most ${humanBytes(memory)}`,
    ]);
  }
  lines.push(...leftLines(result));
  for (const hint of result.hints) lines.push(['note', hint]);
  return lines.map(([label, text]) => paragraph(label.padEnd(11), text, width)).join('\n');
}

/** Equal reasons in one line. */
function leftLines({ left }: PruneResult): [string, string][] {
  const groups = new Map<string, string[]>();
  for (const { node, reason } of left) groups.set(reason, [...(groups.get(reason) ?? []), node]);
  const lines = [...groups].slice(0, leftShown).map(([reason, nodes]): [string, string] => {
    const others = nodes.length === 1 ? '' : ` and ${nodes.length - 1} more`;
    return ['left', `${reason} (${nodes[0]!}${others})`];
  });
  if (groups.size > leftShown) lines.push(['', `and ${groups.size - leftShown} other reasons: see --json`]);
  return lines;
}
