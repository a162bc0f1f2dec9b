import type { Ci95 } from '../bench/result.js';
import type { CandidateResult, OptimizeResult } from '../search/result.js';
import { humanBytes, humanDuration, humanMilliseconds, humanRatio, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';
import { textTable, type Column } from './text-table.js';

const width = 78;

/** What was tried, what won and why, and how to get it again. */
export async function optimizeText(result: OptimizeResult, style: Style): Promise<string> {
  const { winner, candidates, front, gates, dataset, verdict } = result;
  const color = { pass: style.success, fail: style.error, inconclusive: style.warning }[verdict];
  const speed = winner.speedup === null ? '' : `, ${humanRatio(winner.speedup)}`;
  const lines: [label: string, text: string][] = [
    ['winner', `${style.success(winner.name)}${speed}: ${winner.path}`],
    ['why', winner.reason],
    ...(winner.command === null ? [] : [['again', winner.command] as [string, string]]),
    ['verdict', color(verdict)],
    ...gates.map(({ expr, verdict: one, actual, ci95, detail }): [string, string] => [
      'gate',
      `${expr}: ${one}${actual === null ? '' : `, ${precise(actual)}${between(ci95)}`}${detail === '' ? '' : `; ${detail}`}`,
    ]),
    ['samples', `${dataset.search} to search, ${dataset.held_out} others to judge, of ${dataset.name}`],
    ['took', `${humanDuration(result.elapsed_ms)}${cacheText(result)}`],
  ];
  const onFront = new Set(front.map(({ name }) => name));
  return [
    lines.map(([label, text]) => paragraph(label.padEnd(9), text, width)).join('\n'),
    await table(candidates, onFront),
    ...reasons(candidates),
    paragraph('', '* no other beats it in latency, accuracy and size at once', width),
  ].join('\n\n');
}

async function table(candidates: readonly CandidateResult[], onFront: ReadonlySet<string>): Promise<string> {
  const [score] = Object.keys(candidates.find(({ search }) => search !== null)?.search?.accuracy ?? {});
  const columns: Column[] = [
    { head: 'candidate', align: 'left' },
    ...['latency', 'speed-up', 'size', score ?? 'cosine', 'samples'].map((head): Column => ({
      head,
      align: 'right',
    })),
    { head: '', align: 'left' },
  ];
  const rows = candidates.map(({ name, state, search, judged }) => {
    const shown = judged ?? search;
    const quality =
      score === undefined
        ? shown?.outputs?.cosine?.toFixed(5)
        : orUndefined(shown?.accuracy[score], humanShare);
    return [
      `${name}${onFront.has(name) ? ' *' : ''}`,
      orUndefined(shown?.latency_ms, humanMilliseconds) ?? '-',
      orUndefined(shown?.speedup?.value, humanRatio) ?? '-',
      orUndefined(shown?.bytes, humanBytes) ?? '-',
      quality ?? '-',
      String(shown?.samples ?? '-'),
      state,
    ];
  });
  return textTable(columns, rows);
}

/** Why candidates went no further; equal reasons in one line. */
function reasons(candidates: readonly CandidateResult[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { name, reason, state } of candidates) {
    if (reason !== null && state !== 'dropped') groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  const lines = [...groups].map(([reason, names]) => paragraph('', `${names.join(', ')}: ${reason}`, width));
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function cacheText({ cache }: OptimizeResult): string {
  return cache === null || cache.found === 0 ? '' : `, ${cache.found} results from ${cache.folder}`;
}

function between(ci95: Ci95): string {
  return ci95 === null ? '' : ` (95%: ${precise(ci95[0])} to ${precise(ci95[1])})`;
}

function precise(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function orUndefined<Value>(
  value: Value | null | undefined,
  text: (value: Value) => string,
): string | undefined {
  return value === null || value === undefined ? undefined : text(value);
}
