import type { ComparedValue, CompareResult } from '../quantize/compare/result.js';
import { humanBytes, humanRatio, humanShare } from './humanize.js';
import type { Style } from './style.js';
import { textTable, type Column } from './text-table.js';

const columns: readonly Column[] = [
  { head: 'NODE', align: 'left' },
  { head: 'OPERATOR', align: 'left' },
  { head: 'IN', align: 'right' },
  { head: 'OUT', align: 'right' },
  { head: 'SHARE', align: 'right' },
  { head: 'TRY', align: 'left' },
];

const longestName = 40;

/** Where an artifact's error comes from, as a table: SQNR in decibels in and out of each place. */
export async function compareText(result: CompareResult, style: Style): Promise<string> {
  const { baseline, candidate, outputs, worst, values, unaligned } = result;
  const sqnr = outputs.sqnr_db === null ? 'no difference' : `SQNR ${outputs.sqnr_db.toFixed(1)} dB`;
  const lines = [
    `${candidate.path} (${humanBytes(candidate.bytes)}, ${humanRatio(candidate.bytes / baseline.bytes)}) against ${baseline.path}`,
    `outputs: ${style.success(sqnr)}, cosine ${outputs.cosine.toFixed(5)}, max error ${outputs.max_abs.toPrecision(3)}, over ${result.samples} samples of ${result.dataset}`,
    `${values.length} values compared${unaligned > 0 ? `; ${unaligned} of the baseline have no counterpart` : ''}`,
  ];
  if (worst.length === 0) return [...lines, 'No error enters anywhere.'].join('\n');
  const table = await textTable(
    columns,
    worst.map((one) => [
      shortened(one.node ?? one.value),
      one.op ?? 'input',
      decibels(one.sqnr_in_db),
      decibels(one.sqnr_db),
      humanShare(one.share),
      remedyText(one),
    ]),
  );
  return [
    ...lines,
    '',
    'Where the error enters (SQNR in dB before and behind; share of all noise added):',
    table,
  ].join('\n');
}

function decibels(value: number | null): string {
  return value === null ? 'exact' : value.toFixed(1);
}

/** Both ends of a name tell more than its middle. */
function shortened(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, 22)}…${name.slice(-17)}`;
}

function remedyText(one: ComparedValue & { readonly try: string }): string {
  const clipped = one.clipped === null || one.clipped < 0.0005 ? '' : ` (${humanShare(one.clipped)} cut off)`;
  return `${one.try.startsWith('--exclude') ? '--exclude it by name' : one.try}${clipped}`;
}
