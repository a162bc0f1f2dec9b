import { join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Candidate } from './candidates/candidate.js';
import type { OptimizeRequest } from './request.js';

/**
 * The choice as a recipe that stands in the output folder: running it makes the same bytes again, without searching.
 * Its paths are from that folder.
 */
export function winningRecipe(candidate: Candidate, folder: string, request: OptimizeRequest): string {
  const path = (file: string): string => relative(folder, resolve(file)).replaceAll('\\', '/');
  const { model, data, dataset, threads } = request;
  const recipe = {
    version: 1,
    model: path(model),
    ...(data === undefined ? {} : { data: path(data) }),
    output: path(join(folder, `${candidate.name}.onnx`)),
    ...(dataset?.seed === undefined ? {} : { seed: dataset.seed }),
    ...(threads === undefined ? {} : { threads }),
    ...(dataset?.samples === undefined ? {} : { samples: dataset.samples }),
    ...(dataset?.split === undefined ? {} : { split: withoutUndefined(dataset.split) }),
    steps: candidate.steps.map(({ transform, settings }) => ({ [transform]: settings })),
  };
  return `# ${candidate.name}: what infer-opt optimize chose\n${stringify(recipe)}`;
}

function withoutUndefined(split: object): object {
  return Object.fromEntries(Object.entries(split).filter(([, value]) => value !== undefined));
}
