import type { OptimizeResult } from '../search/result.js';
import { gateValue, intervalText } from './facts.js';
import { humanBytes, humanMilliseconds, humanRatio } from './humanize.js';
import { lastOf, metricOf } from './search-view.js';
import { code, escaped, marks, markdownTable } from './markdown-parts.js';

/** What a search tried, what won and why, as GitHub-flavoured Markdown. */
export function searchMarkdown(result: OptimizeResult): string {
  const { winner, gates, candidates, warnings, verdict, dataset, environment, settings, tool } = result;
  const speed = winner.speedup === null ? '' : `, ${humanRatio(winner.speedup)}`;
  const metric = metricOf(candidates);
  const parts = [
    `## ${marks[verdict]} infer-opt: ${verdict}`,
    `**${escaped(winner.name)}**${speed}: ${escaped(winner.reason)}`,
    ...(winner.command === null ? [] : [code(winner.command)]),
    ...(gates.length === 0
      ? []
      : [
          markdownTable(
            ['', 'gate', 'measured', '95% interval', ''],
            gates.map(({ verdict: one, expr, metric: of, actual, ci95, detail }) => [
              `${marks[one]} ${one}`,
              escaped(expr),
              actual === null ? '–' : escaped(gateValue(of, expr, actual)),
              escaped(intervalText(ci95, (value) => gateValue(of, expr, value))),
              escaped(detail),
            ]),
          ),
        ]),
    markdownTable(
      [
        'candidate',
        'latency',
        'speed-up',
        'size',
        metric === undefined ? 'cosine' : escaped(`${metric} drop`),
        '',
      ],
      candidates.map((candidate) => {
        const { name, state, reason } = candidate;
        const { measured, loss } = lastOf(candidate, metric);
        return [
          escaped(name),
          measured?.latency_ms == null ? '–' : humanMilliseconds(measured.latency_ms),
          measured?.speedup == null ? '–' : humanRatio(measured.speedup.value),
          measured == null ? '–' : humanBytes(measured.bytes),
          loss,
          escaped(reason === null ? state : `${state}: ${reason}`),
        ];
      }),
    ),
    ...(warnings.length === 0
      ? []
      : [`**Warnings**\n\n${warnings.map((text) => `- ${escaped(text)}`).join('\n')}`]),
    `<sub>${escaped(
      `${dataset.search} samples of ${dataset.name} to search, ${dataset.held_out} others to judge; ` +
        `${environment.cpu.model}, threads ${settings.threads}, onnxruntime ${environment.onnxruntime}; ` +
        `infer-opt ${tool.version}`,
    )}</sub>`,
  ];
  return `${parts.join('\n\n')}\n`;
}
