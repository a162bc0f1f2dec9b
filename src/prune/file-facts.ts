import { createReadStream } from 'node:fs';
import { createGzip } from 'node:zlib';
import type { Model } from '../ir/model.js';
import { allOf } from '../ir/walk.js';
import { countMacs } from '../runtime/macs.js';
import { isFloat } from '../tensor/dtype.js';
import { InferOptError } from '../errors.js';
import { settleDims } from './known-dims.js';
import { holdsPattern, weightsOf, type Pattern } from './sparsity.js';
import type { Tensor } from '../tensor/tensor.js';

/** The size of a file compressed by gzip at its default level. */
export async function gzipBytes(file: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(file).pipe(createGzip())) bytes += (chunk as Buffer).length;
  return bytes;
}

/** Multiply-accumulates of one run with inputs of these dims; undefined where shapes do not tell. */
export async function macsWith(
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<number | undefined> {
  try {
    const { total, unknown } = countMacs(model, await settleDims(model, inputs));
    return unknown.length === 0 ? total : undefined;
  } catch (error) {
    if (error instanceof InferOptError && error.code !== 'internal') return undefined;
    throw error;
  }
}

/** Elements of all float constants, those that Constant nodes hold counted in. */
export function parametersOf(model: Model): number {
  let count = 0;
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants()) if (isFloat(constant.dtype)) count += constant.size;
  }
  for (const node of allOf(model)) {
    const held = node.is('Constant') ? node.attributes.get('value') : undefined;
    if (held?.kind === 'tensor' && isFloat(held.value.dtype)) count += held.value.size;
  }
  return count;
}

/** How many weights can hold a pattern along their sums, and how many do. */
export function patternCounts(model: Model, pattern: Pattern): { eligible: number; holding: number } {
  const seen = new Set<Tensor>();
  let [eligible, holding] = [0, 0];
  for (const node of allOf(model)) {
    const weights = weightsOf(node);
    if (weights === undefined || seen.has(weights.tensor)) continue;
    seen.add(weights.tensor);
    const { tensor, sumAxis } = weights;
    if (tensor.dims[sumAxis]! % pattern.of !== 0) continue;
    eligible += 1;
    if (holdsPattern(tensor.toNumbers(), tensor.dims, sumAxis, pattern)) holding += 1;
  }
  return { eligible, holding };
}
