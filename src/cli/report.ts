import { readFile, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { InferOptError, readableReason } from '../errors.js';
import { checkOutputFile, writeWhole } from '../output-file.js';
import { readCompareResult } from '../quantize/compare/read-result.js';
import type { CompareResult } from '../quantize/compare/result.js';
import { compareFormats } from '../report/compare-formats.js';
import { reportFormats } from '../report/formats.js';
import { readResults } from '../report/read-report.js';
import { reportOf, type Report } from '../report/report.js';
import { resultFile, type ResultFile } from '../report/result-file.js';
import type { ResultFormat } from '../report/result-format.js';
import { searchFormats } from '../report/search-formats.js';
import { mergeResults } from '../search/merge.js';
import { readOptimizeResult } from '../search/read-result.js';
import { thisTool } from '../tool.js';

/** What the flags of `report` say. */
export interface ReportFlags {
  readonly to?: string;
  readonly output?: string;
}

/**
 * Reads results and shows them in another form. The text, or undefined where it was written to a file.
 * @param words the path of a result and those of comparisons that belong to it, or `merge` and several
 */
export async function makeReport(
  words: readonly string[],
  flags: ReportFlags,
  signal: AbortSignal,
): Promise<string | undefined> {
  const merge = words[0] === 'merge';
  const paths = merge ? words.slice(1) : words;
  if (paths.length === 0) throw new InferOptError('usage', 'report merge: there is no result to merge');
  const { output } = flags;
  const to = flags.to ?? formatOfFile(output) ?? (merge ? 'json' : 'html');
  if (output !== undefined) await checkOutputFile(output, paths);
  const files = await Promise.all(paths.map(async (path) => resultFile(await textOf(path), path)));
  const text = merge ? mergedText(files, to) : shownText(files, to);
  if (output === undefined) return text;
  await writeWhole(output, (temporary) => writeFile(temporary, text), { signal });
  return undefined;
}

/** What a file with this ending is expected to hold; undefined where the name does not tell. */
function formatOfFile(path: string | undefined): string | undefined {
  return { '.html': 'html', '.htm': 'html', '.md': 'md', '.xml': 'junit', '.json': 'json' }[
    extname(path ?? '')
  ];
}

function mergedText(files: readonly ResultFile[], to: string): string {
  const compared = files.find(isComparison);
  if (compared !== undefined) {
    throw new InferOptError('usage', `${compared.path} is a comparison, which cannot be merged`, {
      hint: 'name it behind a bench result: infer-opt report bench.json compare.json',
    });
  }
  if (!isSearch(files[0]!)) return benchText(reportIn(files), [], to);
  const parts = files.map(({ value, path }) => readOptimizeResult(value, path));
  // A single part is merged, too, when that is asked for: it says then what the other parts would have held.
  return formatted(searchFormats, mergeResults(parts), to, 'what optimize found');
}

function shownText(files: readonly ResultFile[], to: string): string {
  const [first, ...more] = files.filter((file) => !isComparison(file));
  const compared = files.filter(isComparison).map(({ value, path }) => readCompareResult(value, path));
  if (
    more.length > 0 ||
    (first === undefined ? compared.length > 1 : isSearch(first) && compared.length > 0)
  ) {
    throw new InferOptError('usage', `report takes one result, and there are ${files.length}`, {
      hint: 'put them side by side with: infer-opt report merge; only comparisons may stand behind a bench result',
    });
  }
  if (first === undefined) return formatted(compareFormats, compared[0]!, to, 'a comparison');
  if (!isSearch(first)) return benchText(reportIn([first]), compared, to);
  return formatted(searchFormats, readOptimizeResult(first.value, first.path), to, 'what optimize found');
}

function benchText(report: Report, compared: readonly CompareResult[], to: string): string {
  const format = reportFormats.find(({ name }) => name === to);
  if (compared.length === 0) return format?.render(report) ?? jsonText(report);
  if (to !== 'html') {
    throw new InferOptError('usage', `comparisons stand beside a bench result in html alone, not in ${to}`, {
      hint: 'give the comparison alone for md',
    });
  }
  return format!.render(report, byCandidate(report, compared));
}

/** Comparisons by the path under which the bench result has the candidate. */
function byCandidate(report: Report, compared: readonly CompareResult[]): Map<string, CompareResult> {
  const measured = report.results.flatMap(({ artifacts }) => artifacts.slice(1).map(({ path }) => path));
  return new Map(
    compared.map((one) => {
      const path = measured.find((candidate) => resolve(candidate) === resolve(one.candidate.path));
      if (path === undefined) {
        throw new InferOptError('usage', `${one.candidate.path} is no candidate of this bench result`, {
          hint: `it measured ${measured.join(', ') || 'no candidate'}`,
        });
      }
      return [path, one];
    }),
  );
}

function reportIn(files: readonly ResultFile[]): Report {
  return reportOf(files.flatMap(readResults), thisTool());
}

function formatted<Result>(
  formats: readonly ResultFormat<Result>[],
  result: Result,
  to: string,
  what: string,
): string {
  const format = formats.find(({ name }) => name === to);
  if (format === undefined && to !== 'json') {
    throw new InferOptError('usage', `${what} is shown as html, md or json, not as ${to}`, {
      hint: `for ${to}, measure it with infer-opt bench --json`,
    });
  }
  return format?.render(result) ?? jsonText(result);
}

function isComparison({ schema }: ResultFile): boolean {
  return schema === 'infer-opt/compare@1';
}

function isSearch({ schema }: ResultFile): boolean {
  return schema === 'infer-opt/optimize@1';
}

function jsonText(result: unknown): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new InferOptError('usage', `${path}: it cannot be read: ${readableReason(thrown)}`, {
      hint: 'name a file that `infer-opt bench`, `optimize` or `compare` wrote with --json',
    });
  }
}
