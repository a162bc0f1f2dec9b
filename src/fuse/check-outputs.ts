import { messageOf, InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { openSession, type Session, type SessionOptions } from '../runtime/session.js';
import { differenceOf, type Comparison } from './difference.js';
import type { Reference } from './samples.js';

/** The runtime's own rewriting is left out on both sides: what is compared is what the files say. */
const asWritten: SessionOptions = { optimization: 'disabled', prepack: false };

/** Opens a model for comparison; where kernels for it as it is written are missing, as its users would. */
export async function openForComparison(
  source: string | Model,
  threads: number,
  optimization: SessionOptions['optimization'] = 'disabled',
): Promise<{ session: Session; optimization: SessionOptions['optimization'] }> {
  const options = {
    ...asWritten,
    optimization,
    threads,
    ...(typeof source === 'string' || source.directory === undefined
      ? {}
      : { externalDataDirectory: source.directory }),
  };
  try {
    return { session: await openSession(source, options), optimization };
  } catch (error) {
    if (optimization !== 'disabled' || !(error instanceof InferOptError) || error.code !== 'model')
      throw error;
    return openForComparison(source, threads, 'all');
  }
}

/** What is wrong with a rewritten model's outputs, or undefined. */
export async function wrongOutput(
  model: Model,
  references: readonly Reference[],
  comparison: Comparison,
  options: { readonly threads: number; readonly optimization: SessionOptions['optimization'] },
): Promise<string | undefined> {
  let session: Session;
  try {
    ({ session } = await openForComparison(model, options.threads, options.optimization));
  } catch (error) {
    if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
    return `the runtime does not open the result: ${messageOf(error)}`;
  }
  try {
    for (const { feeds, outputs } of references) {
      const found = await session.run(feeds, [...outputs.keys()]);
      for (const [name, expected] of outputs) {
        const difference = differenceOf(expected, found.get(name), comparison);
        if (difference !== undefined) return `output ${name} ${difference}`;
      }
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof InferOptError)) throw error;
    return `the result does not run: ${messageOf(error)}`;
  } finally {
    await session.close();
  }
}
