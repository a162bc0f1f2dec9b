import { humanBytes, humanMilliseconds } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import { axisBelow, axisLeft, dataTable, figure, left, right, round, short } from './plot.js';
import { linearScale } from './scale.js';

/** One artifact in the plane of latency and quality. */
export interface QualityPoint {
  readonly name: string;
  /** Stands in the drawing; tells artifacts apart where colours do not. */
  readonly mark: string;
  /** The class that colours it. */
  readonly tint: string;
  /** Median latency in ms. */
  readonly x: number;
  /** Quality: more is better. */
  readonly y: number;
  /** Null where the size is not known. */
  readonly bytes: number | null;
}

export interface QualityMeasure {
  readonly label: string;
  /** The least distance from the points to the ends of the axis. */
  readonly least: number;
  readonly format: (value: number) => string;
  readonly tick: (value: number) => string;
}

const top = 26;
const bottom = 230;
const largest = 22;

/** Quality against latency, with the size as area: what is down right of another is beaten by it. */
export function qualityPlot(id: string, points: readonly QualityPoint[], quality: QualityMeasure): Html {
  if (points.length < 2) return nothing;
  const most = Math.max(...points.map(({ x }) => x));
  const values = points.map(({ y }) => y);
  const margin = Math.max((Math.max(...values) - Math.min(...values)) * 0.35, quality.least);
  const xs = linearScale(0, most * 1.15, left, right);
  const ys = linearScale(Math.min(...values) - margin, Math.max(...values) + margin, bottom, top, 4);
  const largestFile = Math.max(1, ...points.map(({ bytes }) => bytes ?? 0));
  const radius = ({ bytes }: QualityPoint): number =>
    Math.max(5, largest * Math.sqrt((bytes ?? 0) / largestFile));
  const front = frontOf(points);
  const path = front
    .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(xs.at(x))} ${round(ys.at(y))}`)
    .join('');
  // Large ones first, so that none is hidden behind another.
  const ordered = [...points].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  return figure({
    id,
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
                ${sizeText(point.bytes)}
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
        sizeText(point.bytes),
        front.includes(point) ? 'no' : 'yes',
      ]),
    ),
  });
}

function sizeText(bytes: number | null): string {
  return bytes === null ? 'of unknown size' : humanBytes(bytes);
}

/** Those that no other is as good as in both and better in one, from the fastest on. */
function frontOf(points: readonly QualityPoint[]): QualityPoint[] {
  return points
    .filter((a) => !points.some((b) => b.x <= a.x && b.y >= a.y && (b.x < a.x || b.y > a.y)))
    .sort((a, b) => a.x - b.x);
}
