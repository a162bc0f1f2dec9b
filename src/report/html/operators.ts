import { humanMilliseconds } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import { dataTable, figure, round, width } from './plot.js';
import type { ResultView, Shown } from './view.js';

const shownOperators = 10;
const barHeight = 13;
const labelWidth = 150;

interface Row {
  readonly op: string;
  readonly times: readonly (number | undefined)[];
}

/** Where the time of a run goes, operator by operator, before and after. */
export function operatorPlot({ prefix, shown }: ResultView): Html {
  const timed = shown.filter(({ artifact }) => artifact.operators !== null);
  const rows = rowsOf(timed);
  if (rows.length === 0) return nothing;
  const most = Math.max(...rows.flatMap(({ times }) => times.map((time) => time ?? 0)));
  const rowHeight = 12 + timed.length * barHeight;
  const scale = (ms: number): number => (ms / most) * (width - labelWidth - 70);
  return figure({
    id: `${prefix}-operators`,
    title: 'Time by operator',
    description: rows
      .slice(0, 3)
      .map(
        ({ op, times }) =>
          `${op} ${times.map((time) => (time === undefined ? 'none' : humanMilliseconds(time))).join(', ')}`,
      )
      .join('; '),
    height: rows.length * rowHeight + 8,
    drawing: rows.map(
      ({ op, times }, i) =>
        html`<text class="op" x="${labelWidth - 6}" y="${i * rowHeight + 6 + rowHeight / 2}" text-anchor="end"
            >${clipped(op)}</text
          >
          ${times.map((time, k) => {
            if (time === undefined) return nothing;
            const y = i * rowHeight + 6 + k * barHeight;
            const { tint, name } = timed[k]!;
            return html`<g class="${tint}"
                ><rect
                  class="bar"
                  x="${labelWidth}"
                  y="${y}"
                  width="${Math.max(1, round(scale(time)))}"
                  height="${barHeight - 2}"
                  ><title>${name}: ${op} ${humanMilliseconds(time)}</title></rect
                ></g
              ><text class="value" x="${labelWidth + round(scale(time)) + 4}" y="${y + barHeight - 3}"
                >${humanMilliseconds(time)}</text
              >`;
          })}`,
    ),
    note: 'One run on the first sample with the profiler on, which costs time itself: compare shares, not sums.',
    table: dataTable(
      'Time by operator',
      [{ head: 'operator' }, ...timed.map(({ mark, name }) => ({ head: `${mark} ${name}`, numeric: true }))],
      rows.map(({ op, times }) => [
        op,
        ...times.map((time) => (time === undefined ? '–' : humanMilliseconds(time))),
      ]),
    ),
  });
}

/** The operators that cost most in any artifact; the rest is summed up. */
function rowsOf(timed: readonly Shown[]): Row[] {
  const maps = timed.map(
    ({ artifact }) => new Map((artifact.operators ?? []).map(({ op, ms }) => [op, ms] as const)),
  );
  const names = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  const rows = names
    .map((op) => ({ op, times: maps.map((map) => map.get(op)) }))
    .sort((a, b) => costOf(b) - costOf(a));
  const rest = rows.slice(shownOperators);
  if (rest.length === 0) return rows;
  const sums = maps.map((_, k) => rest.reduce((sum, { times }) => sum + (times[k] ?? 0), 0));
  return [...rows.slice(0, shownOperators), { op: `${rest.length} others`, times: sums }];
}

function costOf({ times }: Row): number {
  return Math.max(...times.map((time) => time ?? 0));
}

function clipped(op: string): string {
  return op.length <= 16 ? op : `${op.slice(0, 15)}…`;
}
