import { html, nothing, type Html } from './html.js';
import { axisBelow, axisLeft, dataTable, figure, left, right, round, short } from './plot.js';
import { linearScale, ratioScale } from './scale.js';
import type { ResultView } from './view.js';
import { humanMilliseconds } from '../humanize.js';

const top = 26;
const bottom = 220;

/** Samples a second over batch sizes. */
export function batchCurve({ prefix, shown }: ResultView): Html {
  const lines = shown.filter(({ artifact }) => artifact.batches.length > 1);
  if (lines.length === 0) return nothing;
  const all = lines.flatMap(({ artifact }) => artifact.batches);
  const sizes = [...new Set(all.map(({ batch }) => batch))].sort((a, b) => a - b);
  const most = Math.max(...all.map(({ throughput_per_s: rate }) => rate));
  const x = { ...ratioScale(sizes[0]! / 1.15, sizes.at(-1)! * 1.15, left, right), ticks: sizes };
  const y = linearScale(0, most * 1.1, bottom, top);
  return figure({
    id: `${prefix}-batches`,
    title: 'Throughput over batch sizes',
    description: `samples a second for batches of ${sizes.join(', ')}`,
    height: 262,
    drawing: html`${axisLeft(y, 'samples a second', short)}${axisBelow(x, bottom, top, 'batch size', String)}${lines.map(
      ({ artifact, tint, mark, name }) => {
        const points = artifact.batches.map(
          ({ batch, throughput_per_s: rate }) => [round(x.at(batch)), round(y.at(rate))] as const,
        );
        const [endX, endY] = points.at(-1)!;
        return html`<g class="${tint}"
          ><path
            class="line"
            d="${points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px} ${py}`).join('')}"
          />
          ${points.map(([px, py]) => html`<circle class="dot" cx="${px}" cy="${py}" r="3.5" />`)}
          <text class="mark" x="${endX}" y="${endY - 8}" text-anchor="middle"
            >${mark}<title>${name}</title></text
          ></g
        >`;
      },
    )}`,
    table: dataTable(
      'Throughput over batch sizes',
      [
        { head: 'artifact' },
        { head: 'batch', numeric: true },
        { head: 'samples a second', numeric: true },
        { head: 'median latency', numeric: true },
      ],
      lines.flatMap(({ artifact, mark, name }) =>
        artifact.batches.map(({ batch, throughput_per_s: rate, latency_ms }) => [
          `${mark} ${name}`,
          batch,
          rate.toFixed(1),
          humanMilliseconds(latency_ms.p50),
        ]),
      ),
    ),
  });
}
