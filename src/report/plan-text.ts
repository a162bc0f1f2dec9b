import type { Figures, FrontPoint, PlanResult, Setting, SettingResult } from '../serve/plan/plan-result.js';
import { humanMilliseconds, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';
import { textTable, type Column } from './text-table.js';

const width = 78;
const barWidth = 36;

/** A plan in words: what batches cost, what is recommended and why, and what other rates would need. */
export async function planText(plan: PlanResult, style: Style): Promise<string> {
  const parts = [
    await curveTable(plan),
    await choice(plan, style),
    await frontTable(plan),
    frontPlot(plan.front),
  ];
  if (plan.verified.length > 0) parts.push(await verifiedTable(plan));
  if (plan.estimates.length > 0) parts.push(await estimateTable(plan));
  return parts.filter((part) => part !== '').join('\n\n');
}

function right(head: string): Column {
  return { head, align: 'right' };
}

async function curveTable({ curve, curve_from: from }: PlanResult): Promise<string> {
  const table = await textTable(
    ['batch', 'at once', 'mean', 'p99', 'samples/s', 'runs'].map(right),
    curve.map((point) => [
      String(point.batch),
      String(point.instances),
      humanMilliseconds(point.mean_ms),
      humanMilliseconds(point.p99_ms),
      rateText(point.throughput_per_s),
      String(point.samples),
    ]),
  );
  return `Times of batches (${from})\n${table}`;
}

async function choice(plan: PlanResult, style: Style): Promise<string> {
  const { recommendation, alternatives, slo } = plan;
  const promise = slo === null ? '' : `${slo.metric} <= ${slo.limit_ms} ms`;
  const aim =
    plan.objective === 'rate'
      ? `the highest rate with ${promise}`
      : `the least latency at ${rateText(recommendation?.rate_per_s ?? plan.workload.rate_per_s ?? 0)} a second${promise === '' ? '' : `, ${promise}`}`;
  const rows: [string, SettingResult | null][] = [
    ['recommended', recommendation],
    ['no batching', alternatives.no_batching],
    ['static batch', alternatives.static_batch],
  ];
  const table = await textTable(
    [
      { head: '', align: 'left' },
      { head: 'setting', align: 'left' },
      ...['p50', 'p99', 'busy', 'batch', ...(slo === null ? [] : ['highest rate'])].map(right),
    ],
    rows.flatMap(([label, result]) =>
      result === null ? [] : [[label, ...settingCells(result, slo !== null)]],
    ),
  );
  const kept = recommendation?.meets_slo === false ? style.error('the promise is not kept') : '';
  return [paragraph('Aim: ', aim, width), table, kept].filter((part) => part !== '').join('\n');
}

function settingCells(
  { settings, figures, max_rate_per_s: highest }: SettingResult,
  promised: boolean,
): string[] {
  const last = promised ? [highest === null ? '-' : `${rateText(highest)}/s`] : [];
  if (figures === null) return [settingText(settings), 'does not keep up', '', '', '', ...last];
  return [settingText(settings), ...figureCells(figures), ...last];
}

function figureCells(figures: Figures): string[] {
  return [
    humanMilliseconds(figures.p50_ms),
    humanMilliseconds(figures.p99_ms),
    humanShare(figures.utilisation),
    figures.mean_batch.toFixed(2),
  ];
}

function settingText({ max_batch: size, window_ms: window, instances }: Setting): string {
  const copies = `${instances} ${instances === 1 ? 'instance' : 'instances'}`;
  if (window === null) return `exactly ${size}, ${copies}`;
  return `up to ${size}${size === 1 ? '' : `, ${window} ms window`}, ${copies}`;
}

async function frontTable({ front }: PlanResult): Promise<string> {
  if (front.length === 0) return '';
  const table = await textTable(
    [
      right('rate'),
      { head: 'best setting', align: 'left' },
      ...['p50', 'p99', 'batch', 'no batching', 'static'].map(right),
    ],
    front.map((point) => [
      `${rateText(point.rate_per_s)}/s`,
      settingText(point.settings),
      humanMilliseconds(point.p50_ms),
      humanMilliseconds(point.p99_ms),
      point.mean_batch.toFixed(2),
      orTooSlow(point.no_batching_p99_ms),
      orTooSlow(point.static_p99_ms),
    ]),
  );
  return `What other rates would need (p99 beside it for one at a time and for a full batch)\n${table}`;
}

function orTooSlow(ms: number | null): string {
  return ms === null ? 'too slow' : humanMilliseconds(ms);
}

/** The p99 of each rate as a bar on a logarithmic scale. */
function frontPlot(front: readonly FrontPoint[]): string {
  if (front.length < 2) return '';
  const values = front.flatMap((point) => [point.p99_ms, point.no_batching_p99_ms, point.static_p99_ms]);
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const place = (ms: number): number =>
    Math.round((Math.log(ms / low) / Math.log(Math.max(high / low, 1.0001))) * (barWidth - 1));
  const lines = front.map((point) => {
    const cells = Array<string>(barWidth).fill(' ');
    for (let index = 0; index <= place(point.p99_ms); index++) cells[index] = '=';
    if (point.no_batching_p99_ms !== null) cells[place(point.no_batching_p99_ms)] = '1';
    if (point.static_p99_ms !== null) cells[place(point.static_p99_ms)] = 'S';
    return `${`${rateText(point.rate_per_s)}/s`.padStart(9)}  ${cells.join('').trimEnd()}`;
  });
  const legend = `p99 from ${humanMilliseconds(low)} to ${humanMilliseconds(high)}, logarithmic: = best setting, 1 no batching, S static batch`;
  return [...lines, paragraph('           ', legend, width)].join('\n');
}

async function verifiedTable({ verified }: PlanResult): Promise<string> {
  const table = await textTable(
    [
      { head: 'setting', align: 'left' },
      ...['rate', 'p50 predicted', 'measured', 'p99 predicted', 'measured', 'requests'].map(right),
    ],
    verified.map(({ settings, rate_per_s: rate, predicted, measured, requests }) => [
      settingText(settings),
      `${rateText(rate)}/s`,
      humanMilliseconds(predicted.p50_ms),
      humanMilliseconds(measured.p50_ms),
      humanMilliseconds(predicted.p99_ms),
      humanMilliseconds(measured.p99_ms),
      String(requests),
    ]),
  );
  return `Run for real, with the same arrivals as the simulation\n${table}`;
}

async function estimateTable({ estimates, curve }: PlanResult): Promise<string> {
  const here = curve.filter(({ instances }) => instances === 1);
  const table = await textTable(
    [
      { head: 'device', align: 'left' },
      ...['type', 'batch', 'least time', 'most/s', 'bound by', 'USD a million'].map(right),
    ],
    [
      ...here.map((point) => [
        'this machine (measured)',
        '',
        String(point.batch),
        humanMilliseconds(point.mean_ms),
        rateText(point.throughput_per_s),
        '',
        '',
      ]),
      ...estimates.map((one) => [
        one.device,
        one.precision,
        String(one.batch),
        humanMilliseconds(one.latency_ms),
        rateText(one.throughput_per_s),
        one.bound_by,
        one.usd_per_million === null ? '-' : one.usd_per_million.toPrecision(2),
      ]),
    ],
  );
  return `Estimates for other devices: bounds from their peaks, which no real run reaches\n${table}`;
}

function rateText(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : String(Number(perSecond.toPrecision(3)));
}
