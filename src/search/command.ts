import type { DatasetOptions } from '../data/dataset.js';
import type { Candidate } from './candidates/candidate.js';
import { transformNamed } from './transforms/named.js';

export interface CommandContext {
  readonly model: string;
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  readonly threads?: number | undefined;
}

/** The path of what a candidate's step writes: the artifact for the last one, else a file beside it. */
export function stepOutput(candidate: Candidate, step: number, artifact: string): string {
  return step === candidate.steps.length - 1
    ? artifact
    : artifact.replace(/\.onnx$/, `.step${step + 1}.onnx`);
}

/** The line for a shell that makes a candidate again. */
export function commandOf(candidate: Candidate, artifact: string, context: CommandContext): string {
  let input = context.model;
  const lines = candidate.steps.map(({ transform, settings }, place) => {
    const output = stepOutput(candidate, place, artifact);
    const flags = transformNamed(transform).flags(settings);
    const words = ['infer-opt', transform, input, '-o', output, ...flags, ...commonFlags(context)];
    input = output;
    return words.map(shellWord).join(' ');
  });
  return lines.join(' && ');
}

function commonFlags({ data, dataset, threads }: CommandContext): string[] {
  const split = [
    ...(dataset?.split?.calibrate === undefined ? [] : [`calibrate=${dataset.split.calibrate}`]),
    ...(dataset?.split?.evaluate === undefined ? [] : [`evaluate=${dataset.split.evaluate}`]),
  ];
  return [
    ...(data === undefined ? [] : ['--data', data]),
    ...(dataset?.samples === undefined ? [] : ['--samples', String(dataset.samples)]),
    ...(split.length === 0 ? [] : ['--split', split.join(',')]),
    ...(dataset?.seed === undefined ? [] : ['--seed', String(dataset.seed)]),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
  ];
}

/** A word as a POSIX shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
