import type { ArtifactResult, BenchResult } from '../../bench/result.js';
import type { CompareResult } from '../../quantize/compare/result.js';
import { shortNames } from '../names.js';

/** An artifact as the page shows it: with a short name, a mark and a colour. */
export interface Shown {
  readonly artifact: ArtifactResult;
  readonly name: string;
  /** `B` for the baseline, else its number. Tells artifacts apart where colours do not. */
  readonly mark: string;
  /** The class that colours it. */
  readonly tint: string;
  /** Where its error comes from, when that was compared. */
  readonly comparison?: CompareResult;
}

const tints = 6;

export interface ResultView {
  readonly result: BenchResult;
  /** Makes names in the page unique where several results share it. */
  readonly prefix: string;
  readonly shown: readonly Shown[];
  readonly baseline: Shown;
}

export function viewOf(
  result: BenchResult,
  index: number,
  comparisons: ReadonlyMap<string, CompareResult> = new Map(),
): ResultView {
  const names = shortNames(result.artifacts.map(({ path }) => path));
  const shown = result.artifacts.map((artifact, i) => ({
    ...(i > 0 && comparisons.has(artifact.path) ? { comparison: comparisons.get(artifact.path)! } : {}),
    artifact,
    name: names[i]!,
    mark: i === 0 ? 'B' : String(i),
    tint: i === 0 ? 'c0' : `c${((i - 1) % tints) + 1}`,
  }));
  return { result, prefix: `r${index}`, shown, baseline: shown[0]! };
}
