import type { BenchResult } from '../bench/result.js';
import type { CompareResult } from '../quantize/compare/result.js';
import type { Tool } from '../tool.js';

/** Several bench results as one, `infer-opt/report@1`: what `report merge` makes. */
export interface Report {
  readonly schema: 'infer-opt/report@1';
  readonly tool: Tool;
  readonly results: readonly BenchResult[];
  /** The worst of the results. */
  readonly verdict: BenchResult['verdict'];
}

/** A way to show results; stands in `formats.ts`. */
export interface ReportFormat {
  readonly name: string;
  readonly summary: string;
  /** @param comparisons where the error of candidates comes from, by the path of the candidate */
  render(report: Report, comparisons?: ReadonlyMap<string, CompareResult>): string;
}

/** Puts results side by side, in the order that they are given. */
export function reportOf(results: readonly BenchResult[], tool: Tool): Report {
  const verdicts = results.map(({ verdict }) => verdict);
  const verdict = verdicts.includes('fail')
    ? 'fail'
    : verdicts.includes('inconclusive')
      ? 'inconclusive'
      : 'pass';
  return { schema: 'infer-opt/report@1', tool, results, verdict };
}
