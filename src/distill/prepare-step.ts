import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { copyModel } from '../prune/repair/part.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkGradients } from './check-gradients.js';
import { convolutionSites } from './convolution-sites.js';
import { chooseForms } from './gradients/convolution/choose.js';
import { batchedModel } from './graph/batched.js';
import { buildTrainingGraph, type TrainingOptions } from './graph/training-graph.js';
import { Network, withOutputs } from './network.js';
import { TrainingStep } from './step.js';

export interface PreparedStep {
  readonly step: TrainingStep;
  /** How gradients of convolutions are computed, by layer. */
  readonly forms: readonly { readonly node: string; readonly weight: string; readonly image: string }[];
}

/**
 * Opens the training step of a model for batches. Throws `model` where it cannot take a batch, or where an operator
 * between a trained weight and the loss has no gradient.
 */
export async function prepareStep(
  model: Model,
  sample: ReadonlyMap<string, Tensor>,
  { batch, threads, ...options }: Omit<TrainingOptions, 'forms'> & { batch: number; threads: number },
): Promise<PreparedStep> {
  const values = options.terms.map((term) => term.student);
  const marked = withOutputs(copyModel(model), values);
  await checkBatch(marked, values, sample, { batch, threads });
  const batched = await batchedModel(marked, sample, batch);
  checkGradients(batched, new Set(options.parameters));
  const sites = convolutionSites(batched);
  const forms = await chooseForms(
    sites.map(({ site }) => site),
    threads,
  );
  const chosen = sites.map(({ node, site }) => ({
    node: node.label,
    weight: forms.weight(site).name,
    image: forms.image(site).name,
  }));
  const graph = buildTrainingGraph(batched, { ...options, forms });
  return { step: await TrainingStep.open(graph, threads), forms: chosen };
}

async function checkBatch(
  model: Model,
  values: readonly string[],
  sample: ReadonlyMap<string, Tensor>,
  options: { batch: number; threads: number },
): Promise<void> {
  const network = await Network.open(model, values, sample, options);
  await network.close();
  if (network.batch === options.batch) return;
  throw new InferOptError('model', 'the student gives other numbers for a batch than for single samples', {
    hint: 'train with --batch 1, or export it with an open batch',
  });
}
