import type { BatchResult } from '../../bench/result.js';
import { humanMilliseconds } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import { axisBelow, dataTable, figure, left, right, round, short, width } from './plot.js';
import { linearScale, ratioScale, type Scale } from './scale.js';
import type { ResultView, Shown } from './view.js';

const rowHeight = 58;
const shapeHeight = 40;
const top = 8;
/** Latencies further apart than this stand on an axis of ratios. */
const farApart = 6;

/** The latencies of each artifact as a shape, one above the other on one axis. */
export function distributionPlot({ prefix, shown }: ResultView): Html {
  const rows = shown.flatMap((one): [Shown, BatchResult][] => {
    const first = one.artifact.batches[0];
    return first ? [[one, first]] : [];
  });
  if (rows.length === 0) return nothing;
  const low = Math.min(...rows.map(([, { histogram_ms }]) => histogram_ms.from));
  const high = Math.max(...rows.map(([, { histogram_ms }]) => histogram_ms.to));
  const x =
    low > 0 && high / low > farApart
      ? ratioScale(low * 0.95, high * 1.05, left, right)
      : linearScale(low - (high - low) * 0.05, high + (high - low) * 0.05, left, right);
  const bottom = top + rows.length * rowHeight;
  return figure({
    id: `${prefix}-latencies`,
    title: 'Latencies',
    description: rows
      .map(([{ name }, { latency_ms }]) => `${name} median ${humanMilliseconds(latency_ms.p50)}`)
      .join('; '),
    height: bottom + 42,
    drawing: html`${axisBelow(x, bottom, top, 'latency of a request in ms', short)}${rows.map(
      ([one, batch], i) => shapeOf(one, batch, x, top + (i + 1) * rowHeight),
    )}`,
    note: `Upright line: the median. The slowest hundredth is not drawn. Batch ${rows[0]![1].batch}.`,
    table: dataTable(
      'Latencies',
      ['artifact', 'mean', 'p50', 'p90', 'p95', 'p99', 'runs'].map((head, i) => ({ head, numeric: i > 0 })),
      rows.map(([{ mark, name }, { latency_ms: latency }]) => [
        `${mark} ${name}`,
        ...[latency.mean, latency.p50, latency.p90, latency.p95, latency.p99].map((value) =>
          value === null ? 'not measured' : humanMilliseconds(value),
        ),
        latency.samples,
      ]),
    ),
  });
}

function shapeOf({ mark, name, tint }: Shown, batch: BatchResult, x: Scale, base: number): Html {
  const { from, to, counts } = batch.histogram_ms;
  const most = Math.max(...counts);
  const step = (to - from) / counts.length;
  const corners = counts.map((count, bin) => {
    const height = round(base - (shapeHeight * count) / most);
    return `H${round(x.at(from + bin * step))}V${height}H${round(x.at(from + (bin + 1) * step))}`;
  });
  const middle = round(x.at(batch.latency_ms.p50));
  const start = round(x.at(from));
  // A shape without width is still a line that can be seen.
  const path = `M${start} ${base}${corners.join('')}V${base}Z`;
  return html`<g class="${tint}"
      ><line class="floor" x1="${left}" x2="${right}" y1="${base}" y2="${base}" />
      <path class="shape" d="${path}" /><line
        class="median"
        x1="${middle}"
        x2="${middle}"
        y1="${base}"
        y2="${base - shapeHeight - 4}"
      />
      <text class="mark" x="${left - 10}" y="${base - 6}" text-anchor="end"
        >${mark}<title>${name}</title></text
      ></g
    >
    <text class="row" x="${width - 14}" y="${base - shapeHeight - 6}" text-anchor="end"
      >${clipped(name)}</text
    >`;
}

/** The end of a name tells it apart. */
function clipped(name: string): string {
  return name.length <= 44 ? name : `…${name.slice(-43)}`;
}
