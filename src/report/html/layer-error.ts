import type { ComparedValue, CompareResult } from '../../quantize/compare/result.js';
import { humanShare } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import { axisBelow, axisLeft, dataTable, figure, left, right, round, short } from './plot.js';
import { linearScale } from './scale.js';

const top = 26;
const bottom = 220;

/** More points than this lie on top of each other in a drawing this wide: the worst of each place is drawn. */
const mostPoints = 400;

export interface LayerErrors {
  /** Names the plot in the page's code. */
  readonly id: string;
  /** The candidate's name, mark and colour in the page. */
  readonly name: string;
  readonly mark: string;
  readonly tint: string;
  readonly comparison: Pick<CompareResult, 'values' | 'worst' | 'samples'>;
}

/** SQNR of every value that both models compute, from the inputs to the outputs, with the places where most error enters. */
export function layerErrorPlot({ id, name, mark, tint, comparison }: LayerErrors): Html {
  const { values, worst, samples } = comparison;
  const drawn = worstOfEachPlace(values);
  if (drawn.length === 0) return nothing;
  const title = `Error by layer, ${mark === '' ? '' : `${mark} `}${name}`;
  const ratios = drawn.map(({ sqnr }) => sqnr);
  const y = linearScale(Math.min(...ratios), Math.max(...ratios), bottom, top);
  const x = linearScale(0, Math.max(1, values.length - 1), left, right);
  const at = ({ place, sqnr }: Place): readonly [number, number] => [round(x.at(place)), round(y.at(sqnr))];
  const rankOf = new Map(worst.map(({ value }, i) => [value, i + 1]));
  const marked = values.flatMap(({ value, sqnr_db: sqnr, node }, place) => {
    const rank = rankOf.get(value);
    return rank === undefined || sqnr === null ? [] : [{ rank, label: node ?? value, place, sqnr }];
  });
  return figure({
    id,
    title,
    description: description(worst, drawn.at(-1)!.sqnr),
    height: 262,
    drawing: html`${axisLeft(y, 'SQNR in dB, higher is better', short)}${axisBelow(x, bottom, top, 'place in the model', short)}
      <g class="${tint}"
        ><path
          class="line"
          d="${drawn.map((one, i) => `${i === 0 ? 'M' : 'L'}${at(one).join(' ')}`).join('')}"
        />
        ${marked.map((one) => {
          const [px, py] = at(one);
          return html`<circle class="dot" cx="${px}" cy="${py}" r="3.5"
              ><title>${one.rank}: ${one.label}</title></circle
            ><text class="mark" x="${px}" y="${py > bottom - 24 ? py - 7 : py + 16}" text-anchor="middle"
              >${one.rank}</text
            >`;
        })}</g
      >`,
    note: `Over ${samples} samples. Numbered: where most of the error enters.${drawn.length < values.length ? ' Values without any error, and those beside a worse one, are not drawn.' : ''}`,
    table: worstTable(title, worst),
  });
}

interface Place {
  readonly place: number;
  readonly sqnr: number;
}

/** Values with an error, at most so many: of neighbours the one with the lowest ratio. */
function worstOfEachPlace(values: readonly ComparedValue[]): Place[] {
  const wide = Math.max(1, Math.ceil(values.length / mostPoints));
  const kept = new Map<number, Place>();
  values.forEach(({ sqnr_db: sqnr }, place) => {
    if (sqnr === null) return;
    const bucket = Math.floor(place / wide);
    const before = kept.get(bucket);
    if (before === undefined || sqnr < before.sqnr) kept.set(bucket, { place, sqnr });
  });
  return [...kept.values()];
}

function description(worst: CompareResult['worst'], last: number): string {
  const [first] = worst;
  const end = `${last.toFixed(1)} dB at the last value`;
  if (first === undefined) return end;
  return `${end}; most error enters at ${first.node ?? first.value} (${humanShare(first.share)})`;
}

function worstTable(title: string, worst: CompareResult['worst']): Html {
  const decibels = (value: number | null): string => (value === null ? 'exact' : value.toFixed(1));
  return dataTable(
    title,
    [
      { head: 'node' },
      { head: 'operator' },
      ...['SQNR in', 'SQNR out', 'share of the error', 'cut off'].map((head) => ({ head, numeric: true })),
      { head: 'try' },
    ],
    worst.map((one, i) => [
      `${i + 1}: ${one.node ?? one.value}`,
      one.op ?? 'input',
      decibels(one.sqnr_in_db),
      decibels(one.sqnr_db),
      humanShare(one.share),
      one.clipped === null ? '–' : humanShare(one.clipped),
      one.try,
    ]),
  );
}
