import type { CompareResult } from '../quantize/compare/result.js';
import { humanShare } from './humanize.js';
import { code, escaped, markdownTable } from './markdown-parts.js';

/** Where an artifact's error comes from, as GitHub-flavoured Markdown. */
export function compareMarkdown(result: CompareResult): string {
  const { baseline, candidate, outputs, worst, warnings, samples, dataset } = result;
  const sqnr = outputs.sqnr_db === null ? 'no difference' : `SQNR ${outputs.sqnr_db.toFixed(1)} dB`;
  const decibels = (value: number | null): string => (value === null ? 'exact' : value.toFixed(1));
  const parts = [
    `## infer-opt: where the error comes from`,
    `**${escaped(candidate.path)}** against ${escaped(baseline.path)}: ${sqnr}, cosine ${outputs.cosine.toFixed(5)}, ` +
      `over ${samples} samples of ${escaped(dataset)}`,
    worst.length === 0
      ? 'No error enters anywhere.'
      : markdownTable(
          ['node', 'operator', 'SQNR in', 'SQNR out', 'share', 'try'],
          worst.map((one) => [
            escaped(one.node ?? one.value),
            escaped(one.op ?? 'input'),
            decibels(one.sqnr_in_db),
            decibels(one.sqnr_db),
            humanShare(one.share),
            escaped(one.try),
          ]),
        ),
    ...warnings.map((text) => code(text)),
  ];
  return `${parts.join('\n\n')}\n`;
}
