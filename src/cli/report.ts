import { readFile, writeFile } from 'node:fs/promises';
import { InferOptError, messageOf } from '../errors.js';
import { checkOutputFile, writeWhole } from '../output-file.js';
import { reportFormats } from '../report/formats.js';
import { readResults } from '../report/read-report.js';
import { searchFormats } from '../report/search-formats.js';
import { reportOf } from '../report/report.js';
import { mergeResults } from '../search/merge.js';
import { isOptimizeResult, readOptimizeResult } from '../search/read-result.js';
import { thisTool } from '../tool.js';

/** What the flags of `report` say. */
export interface ReportFlags {
  readonly to?: string;
  readonly output?: string;
}

/**
 * Reads results and shows them in another form. The text, or undefined where it was written to a file.
 * @param words the path of a result, or `merge` and several
 */
export async function makeReport(
  words: readonly string[],
  flags: ReportFlags,
  signal: AbortSignal,
): Promise<string | undefined> {
  const merge = words[0] === 'merge';
  const paths = merge ? words.slice(1) : words;
  if (paths.length === 0) throw new InferOptError('usage', 'report merge: there is no result to merge');
  if (!merge && paths.length > 1) {
    throw new InferOptError('usage', `report takes one result, and there are ${paths.length}`, {
      hint: 'put them side by side with: infer-opt report merge',
    });
  }
  const { to = merge ? 'json' : 'html', output } = flags;
  if (output !== undefined) await checkOutputFile(output, paths);
  const files = await Promise.all(paths.map(async (path) => ({ path, text: await textOf(path) })));
  if (isOptimizeResult(files[0]!.text)) return written(searchText(files, to, merge), output, signal);
  const report = reportOf(
    files.flatMap(({ path, text }) => readResults(text, path)),
    thisTool(),
  );
  const format = reportFormats.find(({ name }) => name === to);
  const text = format?.render(report) ?? `${JSON.stringify(report, undefined, 2)}\n`;
  return written(text, output, signal);
}

async function written(
  text: string,
  output: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (output === undefined) return text;
  await writeWhole(output, (temporary) => writeFile(temporary, text), { signal });
  return undefined;
}

/** The result of a search, or of its parts joined, in the form that was asked for. */
function searchText(
  files: readonly { readonly path: string; readonly text: string }[],
  to: string,
  merge: boolean,
): string {
  const format = searchFormats.find(({ name }) => name === to);
  if (format === undefined && to !== 'json') {
    throw new InferOptError('usage', `what optimize found is shown as html, md or json, not as ${to}`, {
      hint: `for ${to}, measure the winner with infer-opt bench --json`,
    });
  }
  const parts = files.map(({ path, text }) => readOptimizeResult(text, path));
  // A single part is merged, too, when that is asked for: it says then what the other parts would have held.
  const result = merge ? mergeResults(parts) : parts[0]!;
  return format?.render(result) ?? `${JSON.stringify(result, undefined, 2)}\n`;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new InferOptError('usage', `${path}: it cannot be read: ${messageOf(thrown)}`, {
      hint: 'name a file that `infer-opt bench --json` or `infer-opt optimize` wrote',
    });
  }
}
