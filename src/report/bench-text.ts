import type { ArtifactResult, BenchResult, Ci95, GateResult, KernelSummary } from '../bench/result.js';
import { humanBytes, humanMilliseconds, humanRatio, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';
import { textTable, type Column } from './text-table.js';

const width = 78;
/** Longer paths are cut at their front: the end tells artifacts apart. */
const nameWidth = 28;
/** Groups left float that are told one by one. */
const leftFloatShown = 5;

/** A bench in words: a line for each artifact, what each candidate costs, and the gates. */
export async function benchText(result: BenchResult, style: Style): Promise<string> {
  const { settings, dataset, artifacts, gates } = result;
  const parts = [await overview(artifacts)];
  for (const artifact of artifacts) {
    if (artifact.role === 'candidate' || artifact.error !== null || artifact.batches.length > 1)
      parts.push(details(artifact, artifacts[0]!));
  }
  if (settings.scenario === 'server') parts.push(rateLines(artifacts, settings.slo ?? ''));
  if (gates.length > 0) parts.push(gateLines(gates, style));
  const threads = `${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`;
  const flight = settings.concurrency > 1 ? `, ${settings.concurrency} requests in flight` : '';
  const batches = settings.batches.length > 1 ? 'batches of' : 'batch';
  parts.push(
    paragraph(
      '',
      `${threads}${flight}, ${batches} ${settings.batches.join(', ')}, ${dataset.samples} samples of ${dataset.name}`,
      width,
    ),
  );
  return parts.join('\n\n');
}

async function overview(artifacts: readonly ArtifactResult[]): Promise<string> {
  const scores = Object.keys(artifacts[0]?.accuracy ?? {}).slice(0, 2);
  const numbers = ['p50', 'p99', 'speed-up', 'size', ...scores];
  const columns: Column[] = [
    { head: 'artifact', align: 'left' },
    ...numbers.map((head): Column => ({ head, align: 'right' })),
  ];
  const rows = artifacts.map((artifact) => [
    shortened(artifact.path),
    orDash(artifact.latency_ms?.p50, humanMilliseconds),
    orDash(artifact.latency_ms?.p99, humanMilliseconds),
    artifact.role === 'baseline' ? '' : orDash(artifact.versus_baseline?.speedup?.value, humanRatio),
    orDash(artifact.served === null ? artifact.bytes : null, humanBytes),
    ...scores.map((score) => orDash(artifact.accuracy[score], humanShare)),
  ]);
  return textTable(columns, rows);
}

function details(artifact: ArtifactResult, baseline: ArtifactResult): string {
  if (artifact.error !== null)
    return paragraph(
      `${artifact.path}\n  failed     `,
      `${artifact.failure ?? ''}: ${artifact.error}`,
      width,
    );
  const lines: [label: string, text: string][] = [];
  const versus = artifact.versus_baseline;
  if (versus?.speedup != null) {
    lines.push([
      'speed-up',
      `${humanRatio(versus.speedup.value)}${between(versus.speedup.ci95, humanRatio)}`,
    ]);
  }
  for (const { batch, latency_ms: latency, throughput_per_s: rate } of artifact.batches.slice(1)) {
    lines.push([
      `batch ${batch}`,
      `p50 ${humanMilliseconds(latency.p50)}, ${rate.toFixed(0)} samples a second`,
    ]);
  }
  if (versus !== null && versus.size_ratio !== null)
    lines.push(['size', `${humanRatio(versus.size_ratio)} of ${humanBytes(baseline.bytes)}`]);
  for (const [name, drop] of Object.entries(versus?.drop ?? {})) {
    const flips =
      drop.only_baseline === null || drop.only_candidate === null
        ? ''
        : `, answers: ${drop.only_baseline} lost, ${drop.only_candidate} won`;
    lines.push([name, `drop ${signed(drop.value)}${between(drop.ci95, signed)}${flips}`]);
  }
  if (artifact.offline !== null) {
    lines.push([
      'offline',
      `${artifact.offline.throughput_per_s.toFixed(0)} samples a second at batch ${artifact.offline.batch}`,
    ]);
  }
  const outputs = outputsText(artifact);
  if (outputs !== '') lines.push(['outputs', outputs]);
  if (artifact.kernels !== null) lines.push(...kernelLines(artifact.kernels));
  return [
    artifact.path,
    ...lines.map(([label, text]) => paragraph(`  ${label.padEnd(10)} `, text, width)),
  ].join('\n');
}

function rateLines(artifacts: readonly ArtifactResult[], slo: string): string {
  const lines = artifacts.flatMap(({ path, server }) => {
    if (server === null) return [];
    const { value, ci95 } = server.highest_rate_per_s;
    const next = ci95 === null ? '' : `; ${ci95[1].toFixed(1)}/s was too much`;
    const text = `${value.toFixed(1)}/s${next}`;
    return [paragraph(`  ${shortened(path).padEnd(nameWidth)}  `, text, width)];
  });
  return [`Highest rate with ${slo}`, ...lines].join('\n');
}

function outputsText({ outputs }: ArtifactResult): string {
  if (outputs === null) return '';
  return [
    outputs.agreement === null ? '' : `agreement ${humanShare(outputs.agreement)}`,
    outputs.cosine === null ? '' : `cosine ${outputs.cosine.toFixed(5)}`,
    outputs.sqnr_db === null ? '' : `SQNR ${outputs.sqnr_db.toFixed(1)} dB`,
    outputs.max_abs === null ? '' : `max error ${outputs.max_abs.toPrecision(3)}`,
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function kernelLines(kernels: KernelSummary): [string, string][] {
  const share =
    kernels.integer_share_of_macs === null
      ? ''
      : `; ${humanShare(kernels.integer_share_of_macs)} of MACs in integers`;
  const dequantized =
    kernels.dequantized_weights === 0
      ? ''
      : `; ${kernels.dequantized_weights} weights dequantized at every run`;
  const lines: [string, string][] = [
    ['kernels', `${kernels.integer} integer, ${kernels.float} float${share}${dequantized}`],
  ];
  const left = kernels.integer === 0 ? [] : kernels.left_float;
  for (const { node, op, reason } of left.slice(0, leftFloatShown)) {
    lines.push(['left float', `${op} ${node}: ${reason}`]);
  }
  if (left.length > leftFloatShown) lines.push(['', `and ${left.length - leftFloatShown} more: see --json`]);
  return lines;
}

function gateLines(gates: readonly GateResult[], style: Style): string {
  const color = {
    pass: style.success,
    fail: style.error,
    inconclusive: style.warning,
    'not-measured': style.error,
  };
  const several = new Set(gates.map(({ artifact }) => artifact)).size > 1;
  const lines = gates.map(({ verdict, level, expr, artifact, actual, ci95, detail }) => {
    const where = several ? ` (${artifact})` : '';
    const value = actual === null ? '' : `: ${precise(actual)}${between(ci95, precise)}`;
    const text = `${level === 'warn' ? 'warn: ' : ''}${expr}${where}${value}${detail === '' ? '' : `; ${detail}`}`;
    const label = verdict.padEnd(14);
    return paragraph(`  ${label}`, text, width).replace(verdict, () => color[verdict](verdict));
  });
  return ['Gates', ...lines].join('\n');
}

function between(ci95: Ci95, format: (value: number) => string): string {
  return ci95 === null ? '' : ` (95%: ${format(ci95[0])} to ${format(ci95[1])})`;
}

function signed(fraction: number): string {
  return fraction.toFixed(4);
}

function precise(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function orDash(value: number | null | undefined, format: (value: number) => string): string {
  return value == null ? '-' : format(value);
}

function shortened(path: string): string {
  return path.length <= nameWidth ? path : `…${path.slice(path.length - nameWidth + 1)}`;
}
