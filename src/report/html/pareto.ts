import { humanBytes, humanMilliseconds } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import { axisBelow, axisLeft, dataTable, figure, left, right, round, short } from './plot.js';
import { linearScale } from './scale.js';
import type { ResultView, Shown } from './view.js';

interface Point extends Shown {
  readonly x: number;
  readonly y: number;
}

const top = 26;
const bottom = 230;
const largest = 22;

/** Quality against latency, with the size as area: what is down left of another is beaten by it. */
export function paretoPlot({ prefix, shown }: ResultView): Html {
  const quality = qualityOf(shown);
  const points = shown.flatMap((one): Point[] => {
    const x = one.artifact.latency_ms?.p50;
    const y = quality?.value(one);
    return x === undefined || y == null ? [] : [{ ...one, x, y }];
  });
  if (quality === undefined || points.length < 2) return nothing;
  const most = Math.max(...points.map(({ x }) => x));
  const values = points.map(({ y }) => y);
  const margin = Math.max((Math.max(...values) - Math.min(...values)) * 0.35, quality.least);
  const xs = linearScale(0, most * 1.15, left, right);
  const ys = linearScale(Math.min(...values) - margin, Math.max(...values) + margin, bottom, top, 4);
  const bytes = Math.max(...points.map(({ artifact }) => artifact.bytes));
  const radius = ({ artifact }: Point): number => Math.max(5, largest * Math.sqrt(artifact.bytes / bytes));
  const front = frontOf(points);
  const path = front
    .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(xs.at(x))} ${round(ys.at(y))}`)
    .join('');
  // Large ones first, so that none is hidden behind another.
  const ordered = [...points].sort((a, b) => b.artifact.bytes - a.artifact.bytes);
  return figure({
    id: `${prefix}-pareto`,
    title: `${quality.label} against latency`,
    description: points
      .map(({ name, x, y }) => `${name} ${quality.format(y)} at ${humanMilliseconds(x)}`)
      .join('; '),
    height: 272,
    drawing: html`${axisLeft(ys, quality.label, quality.tick)}${axisBelow(xs, bottom, top, 'median latency in ms', short)}
      <path class="front" d="${path}" />
      ${ordered.map(
        (point) =>
          html`<g class="${point.tint}"
            ><circle
              class="bubble"
              cx="${round(xs.at(point.x))}"
              cy="${round(ys.at(point.y))}"
              r="${round(radius(point))}"
              ><title>
                ${point.name}: ${quality.format(point.y)}, ${humanMilliseconds(point.x)},
                ${sizeText(point.artifact)}
              </title></circle
            ></g
          >`,
      )}${ordered.map(
        (point) =>
          html`<text
            class="mark"
            x="${round(xs.at(point.x))}"
            y="${round(ys.at(point.y) - radius(point) - 4)}"
            text-anchor="middle"
            >${point.mark}</text
          >`,
      )}`,
    note: 'Left is faster, up is better, a smaller circle is a smaller file. The line joins those that no other beats.',
    table: dataTable(
      `${quality.label} against latency`,
      [
        { head: 'artifact' },
        { head: quality.label, numeric: true },
        { head: 'median latency', numeric: true },
        { head: 'size', numeric: true },
        { head: 'beaten' },
      ],
      points.map((point) => [
        `${point.mark} ${point.name}`,
        quality.format(point.y),
        humanMilliseconds(point.x),
        sizeText(point.artifact),
        front.includes(point) ? 'no' : 'yes',
      ]),
    ),
  });
}

function sizeText({ served, bytes }: Shown['artifact']): string {
  return served === null ? humanBytes(bytes) : 'of unknown size';
}

interface Quality {
  readonly label: string;
  /** The least distance from the points to the ends of the axis. */
  readonly least: number;
  readonly value: (one: Shown) => number | null | undefined;
  readonly format: (value: number) => string;
  readonly tick: (value: number) => string;
}

/** The first accuracy that there is; without labels how far candidates agree with the baseline. */
function qualityOf(shown: readonly Shown[]): Quality | undefined {
  const name = Object.keys(shown[0]?.artifact.accuracy ?? {})[0];
  if (name !== undefined) {
    return {
      label: name,
      least: 0.005,
      value: ({ artifact }) => artifact.accuracy[name],
      format: (value) => value.toFixed(4),
      tick: (value) => value.toFixed(3),
    };
  }
  const metric = (['agreement', 'cosine'] as const).find((key) =>
    shown.some(({ artifact }) => artifact.outputs?.[key] != null),
  );
  if (metric === undefined) return undefined;
  return {
    label: `${metric} with the baseline`,
    least: 0.005,
    value: ({ artifact }) => (artifact.role === 'baseline' ? 1 : artifact.outputs?.[metric]),
    format: (value) => value.toFixed(5),
    tick: (value) => value.toFixed(3),
  };
}

/** Those that no other is as good as in both and better in one, from the fastest on. */
function frontOf(points: readonly Point[]): Point[] {
  return points
    .filter((a) => !points.some((b) => b.x <= a.x && b.y >= a.y && (b.x < a.x || b.y > a.y)))
    .sort((a, b) => a.x - b.x);
}
