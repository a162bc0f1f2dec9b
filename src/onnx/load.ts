import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { sortTopologically } from '../ir/order.js';
import { verifyModel } from '../ir/verify.js';
import { readModel } from './read.js';

/**
 * Reads a model to work on it: nodes in an order that respects data flow (some files hold them otherwise, and
 * runtimes take them), everything verified. Throws `model` naming the file and what is wrong with it.
 */
export async function loadModel(file: string): Promise<Model> {
  const model = await readModel(file);
  try {
    for (const graph of [...model.graphs()]) sortTopologically(graph);
    verifyModel(model);
  } catch (cause) {
    if (!(cause instanceof InferOptError) || cause.code !== 'model') throw cause;
    const hint = cause.hint === undefined ? {} : { hint: cause.hint };
    throw new InferOptError('model', `${file}: ${cause.message}`, { cause, ...hint });
  }
  return model;
}
