import type { ArtifactResult, BenchResult } from '../bench/result.js';
import { factsOf, gateValue, intervalText } from './facts.js';
import { humanBytes, humanMilliseconds, humanRatio, humanShare } from './humanize.js';
import { escaped, markdownTable, marks } from './markdown-parts.js';
import { shortNames } from './names.js';
import type { ReportFormat } from './report.js';

/** GitHub-flavoured Markdown: for a step summary, a comment or a release note. */
export const markdown: ReportFormat = {
  name: 'md',
  summary: 'Markdown, for a comment or the summary of a CI step',
  render: ({ results }) => `${results.map(resultText).join('\n\n---\n\n')}\n`,
};

function resultText(result: BenchResult): string {
  const { artifacts, gates, warnings, dataset, environment, settings } = result;
  const names = shortNames(artifacts.map(({ path }) => path)).map(escaped);
  const parts = [`## ${marks[result.verdict]} infer-opt: ${result.verdict}`];
  if (gates.length > 0) parts.push(gateTable(result));
  parts.push(artifactTable(artifacts, names));
  artifacts.forEach((artifact, i) => {
    if (artifact.role === 'candidate') parts.push(candidateText(artifact, artifacts[0]!, names[i]!));
  });
  if (warnings.length > 0)
    parts.push(`**Warnings**\n\n${warnings.map((text) => `- ${escaped(text)}`).join('\n')}`);
  const threads = `${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`;
  parts.push(
    `<sub>${escaped(
      `${threads}, batch ${settings.batches.join(', ')}, ${dataset.samples} samples of ${dataset.name}; ` +
        `${environment.cpu.model}, onnxruntime ${environment.onnxruntime}; ` +
        `infer-opt ${result.tool.version}, ${result.measured_at}`,
    )}</sub>`,
  );
  return parts.join('\n\n');
}

function gateTable({ gates, artifacts }: BenchResult): string {
  const short = new Map(
    shortNames(artifacts.map(({ path }) => path)).map((name, i) => [artifacts[i]!.path, name]),
  );
  return markdownTable(
    ['', 'gate', 'artifact', 'measured', '95% interval', ''],
    gates.map(({ verdict, level, expr, metric, artifact, actual, ci95, detail }) => [
      level === 'warn' && verdict !== 'pass' ? `⚠️ ${verdict} (warning)` : `${marks[verdict]} ${verdict}`,
      escaped(expr),
      escaped(short.get(artifact) ?? artifact),
      actual === null ? '–' : escaped(gateValue(metric, expr, actual)),
      escaped(intervalText(ci95, (value) => gateValue(metric, expr, value))),
      escaped(detail),
    ]),
  );
}

function artifactTable(artifacts: readonly ArtifactResult[], names: readonly string[]): string {
  const scores = Object.keys(artifacts[0]?.accuracy ?? {}).slice(0, 3);
  return markdownTable(
    ['artifact', 'p50', 'p99', 'speed-up', 'size', ...scores.map(escaped)],
    artifacts.map((artifact, i) => [
      names[i]!,
      orDash(artifact.latency_ms?.p50, humanMilliseconds),
      orDash(artifact.latency_ms?.p99, humanMilliseconds),
      artifact.role === 'baseline' ? '' : orDash(artifact.versus_baseline?.speedup?.value, humanRatio),
      artifact.served === null ? humanBytes(artifact.bytes) : '-',
      ...scores.map((score) => orDash(artifact.accuracy[score], humanShare)),
    ]),
  );
}

function candidateText(candidate: ArtifactResult, baseline: ArtifactResult, name: string): string {
  if (candidate.error !== null)
    return `**${name}** could not be measured (${candidate.failure ?? 'other'}): ${escaped(candidate.error)}`;
  const facts = factsOf(candidate, baseline).map(({ label, value, detail }) =>
    escaped(`${label} ${value}${detail === '' ? '' : ` (${detail})`}`),
  );
  return `**${name}**: ${facts.join(', ')}`;
}

function orDash(value: number | null | undefined, format: (value: number) => string): string {
  return value == null ? '–' : format(value);
}
