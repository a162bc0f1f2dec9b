import { humanMilliseconds } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import { axisBelow, axisLeft, dataTable, figure, left, right, round, short } from './plot.js';
import { linearScale } from './scale.js';
import type { ResultView } from './view.js';

const top = 26;
const bottom = 220;
/** Latencies far beyond the limit would press all others to the floor. */
const mostOfLimit = 4;

/** The promised figure of the latency over the rate of requests. */
export function ratePlot({ prefix, shown, result }: ResultView): Html {
  const lines = shown.flatMap(({ artifact, ...rest }) =>
    artifact.server === null ? [] : [{ ...rest, server: artifact.server }],
  );
  const [figureName = '', limitText = ''] = result.settings.slo?.split(' <= ') ?? [];
  const limit = Number(limitText.replace('ms', ''));
  if (lines.length === 0 || !(limit > 0)) return nothing;
  const trials = lines.flatMap(({ server }) => server.trials);
  const x = linearScale(0, Math.max(...trials.map(({ rate_per_s: rate }) => rate)) * 1.08, left, right);
  const highest = Math.min(mostOfLimit * limit, Math.max(limit, ...trials.map(({ tail }) => tail)) * 1.1);
  const y = linearScale(0, highest, bottom, top);
  const title = `${figureName} over the rate of requests`;
  return figure({
    id: `${prefix}-rates`,
    title,
    description: lines
      .map(({ name, server }) => `${name} carries ${server.highest_rate_per_s.value.toFixed(1)} a second`)
      .join('; '),
    height: 262,
    drawing: html`${axisLeft(y, `${figureName} in ms, waiting included`, short)}${axisBelow(x, bottom, top, 'requests a second', short)}
      <line
        class="limit"
        x1="${left}"
        x2="${right}"
        y1="${round(y.at(limit))}"
        y2="${round(y.at(limit))}"
      />${lines.map(({ server, tint, mark, name }) => {
        const points = server.trials
          .filter(({ tail }) => tail <= highest)
          .map((trial) => [round(x.at(trial.rate_per_s)), round(y.at(trial.tail))] as const);
        const end = points.at(-1);
        if (!end) return nothing;
        return html`<g class="${tint}"
          ><path
            class="line"
            d="${points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px} ${py}`).join('')}"
          />
          ${points.map(([px, py]) => html`<circle class="dot" cx="${px}" cy="${py}" r="3" />`)}
          <text class="mark" x="${end[0]}" y="${end[1] - 8}" text-anchor="middle"
            >${mark}<title>${name}</title></text
          ></g
        >`;
      })}`,
    note: `Dashed: the limit, ${humanMilliseconds(limit)}. Requests arrive at random, whether or not the last one is answered.`,
    table: dataTable(
      title,
      [
        { head: 'artifact' },
        ...['requests a second', 'requests', 'p50', figureName].map((head) => ({ head, numeric: true })),
        { head: 'within the limit' },
      ],
      lines.flatMap(({ server, mark, name }) =>
        server.trials.map(({ rate_per_s: rate, requests, p50, tail, met }) => [
          `${mark} ${name}`,
          rate.toFixed(1),
          requests,
          humanMilliseconds(p50),
          humanMilliseconds(tail),
          met ? 'yes' : 'no',
        ]),
      ),
    ),
  });
}
