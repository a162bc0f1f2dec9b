import type { Environment } from '../bench/environment.js';
import { InferOptError } from '../errors.js';
import { overallVerdict } from '../gates/judge.js';
import { choose, type Judged } from './choose.js';
import { paretoFront } from './front.js';
import { originalOf } from './original.js';
import type { CandidateResult, OptimizeResult } from './result.js';

/**
 * Joins the parts of one search (`--shard`): all candidates in the order in which one run would have had them, the front
 * and the winner among them. Throws `usage` for results of different searches, or when a part is there twice; parts of
 * unlike machines are joined with a warning, and the verdict is then inconclusive at best.
 */
export function mergeResults(results: readonly OptimizeResult[]): OptimizeResult {
  const [first] = results;
  if (first === undefined) throw new InferOptError('usage', 'report merge: there is no result to merge');
  for (const other of results) refuseOther(first, other);
  const parts = [...results].sort((a, b) => (a.settings.shard?.index ?? 0) - (b.settings.shard?.index ?? 0));
  refuseTwice(parts);
  const warnings = [...new Set(parts.flatMap((part) => part.warnings))];
  const missing = missingParts(parts);
  if (missing.length > 0) warnings.push(`parts are missing: ${missing.join(', ')}`);
  const machines = [...new Set(parts.map(({ environment }) => machineText(environment)))];
  const alike = machines.length === 1;
  if (!alike) {
    warnings.push(
      `the parts were measured on unlike machines, whose speed-ups need not be comparable: ${machines.join('; ')}`,
    );
  }
  const candidates = dealt(parts.map((part) => part.candidates));
  const original = originalOf(
    candidates.flatMap(({ search }) => search ?? []),
    first.model.bytes,
  );
  const strict = first.settings.strict;
  const judged = candidates.flatMap(({ name, judged: measured }): Judged[] =>
    measured === null ? [] : [{ name, measured }],
  );
  const itself = parts.flatMap((part) => part.original ?? [])[0];
  if (itself !== undefined) judged.push({ name: 'original', measured: itself });
  const fallback = parts.find(({ winner }) => winner.name === 'original');
  const choice = choose(judged, strict);
  // Of those that were judged, a part's own winner stands for it; the original only where no part found better.
  const source =
    parts.find(({ winner }) => winner.name === choice.name) ??
    parts.find(({ candidates: own }) => own.some(({ name }) => name === choice.name)) ??
    fallback ??
    first;
  const chosen = candidates.find(({ name }) => name === choice.name);
  const gates = chosen?.judged?.gates ?? source.gates;
  const verdict = chosen === undefined ? source.verdict : overallVerdict(gates, strict);
  return {
    ...first,
    settings: { ...first.settings, shard: null },
    winner:
      chosen === undefined
        ? source.winner
        : {
            ...choice,
            path: chosen.path ?? '',
            command: chosen.command,
            speedup: chosen.judged?.speedup?.value ?? null,
            judged: chosen.judged !== null,
          },
    candidates,
    front: paretoFront(candidates, original),
    gates,
    verdict: alike || verdict === 'fail' ? verdict : 'inconclusive',
    interrupted: parts.some(({ interrupted }) => interrupted),
    cache: null,
    elapsed_ms: Math.max(...parts.map(({ elapsed_ms: elapsed }) => elapsed)),
    warnings,
  };
}

/** The order of one run: parts were dealt like cards. */
function dealt(lists: readonly (readonly CandidateResult[])[]): CandidateResult[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => lists.flatMap((list) => list[place] ?? [])).flat();
}

function refuseOther(first: OptimizeResult, other: OptimizeResult): void {
  const differs = (what: string): InferOptError =>
    new InferOptError('usage', `report merge: the results are of different searches: ${what} differs`, {
      hint: 'merge the parts of one search, run with the same flags but --shard',
    });
  if (other.model.sha256 !== first.model.sha256) throw differs('the model');
  if (other.dataset.sha256 !== first.dataset.sha256) throw differs('the data');
  const settingsOf = ({
    settings: { gates, strict, seed, threads, target, shard },
  }: OptimizeResult): string => JSON.stringify({ gates, strict, seed, threads, target, parts: shard?.count });
  if (settingsOf(other) !== settingsOf(first))
    throw differs('a setting (gates, strict, seed, threads, target, parts)');
}

function refuseTwice(parts: readonly OptimizeResult[]): void {
  const seen = new Set<number | undefined>();
  for (const { settings } of parts) {
    const index = settings.shard?.index;
    if (seen.has(index)) {
      const which = index === undefined ? 'a whole search' : `part ${index}`;
      throw new InferOptError('usage', `report merge: ${which} is there twice`);
    }
    seen.add(index);
  }
}

function missingParts(parts: readonly OptimizeResult[]): number[] {
  const count = parts[0]?.settings.shard?.count ?? 0;
  const there = new Set(parts.map(({ settings }) => settings.shard?.index));
  return Array.from({ length: count }, (_, place) => place + 1).filter((index) => !there.has(index));
}

function machineText({ cpu, os, onnxruntime }: Environment): string {
  return `${cpu.model} (${cpu.cores} cores, ${os.arch}), onnxruntime ${onnxruntime}`;
}
