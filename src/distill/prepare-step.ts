import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { copyModel } from '../prune/repair/part.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkGradients } from './check-gradients.js';
import { convolutionSites } from './convolution-sites.js';
import { chooseForms, frugalForms } from './gradients/convolution/choose.js';
import { plainConvolution } from './gradients/convolution/forward-forms.js';
import { batchedModel } from './graph/batched.js';
import { blockSize } from './graph/block-size.js';
import { peakMemory } from './graph/peak-memory.js';
import { buildTrainingGraph, type TrainingOptions } from './graph/training-graph.js';
import { memoryShares } from './defaults.js';
import { Network, withOutputs, type NetworkOptions } from './network.js';
import type { DistillResult } from './result.js';
import { TrainingStep } from './step.js';

export interface PreparedStep {
  readonly step: TrainingStep;
  /** Parts that a batch goes through in. */
  readonly parts: number;
  /** What the values of a part need at once, in bytes, as far as it is known beforehand. */
  readonly memory: number;
  /** How convolutions and their gradients are computed, by layer. */
  readonly forms: DistillResult['training']['forms'];
}

export interface PrepareOptions extends Omit<TrainingOptions, 'forms' | 'parts'> {
  /** Samples of one step. */
  readonly batch: number;
  readonly threads: number;
  /** What all values of a training may need at once, in bytes. */
  readonly memory: number;
  /** What the teacher needs to answer for so many samples, in bytes. */
  readonly teacher?: (samples: number) => Promise<number>;
}

/**
 * Opens the training step of a model. A batch goes through in as few parts as memory allows; one by one where the
 * model gives other numbers for a batch than for single samples. Throws `model` where an operator between a trained
 * weight and the loss has no gradient, `environment` where even one sample needs too much memory.
 */
export async function prepareStep(
  model: Model,
  sample: ReadonlyMap<string, Tensor>,
  { batch, threads, memory, teacher, ...options }: PrepareOptions,
): Promise<PreparedStep> {
  const allowed = memoryShares.step * memory;
  const values = options.terms.map((term) => term.student);
  const marked = withOutputs(copyModel(model), values);
  const largest = await largestBatch(marked, values, sample, { batch, threads, memory });
  let needed = 0;
  for (const parts of divisorsOf(batch)) {
    if (batch / parts > largest) continue;
    const batched = await batchedModel(marked, sample, batch / parts);
    checkGradients(batched, new Set(options.parameters));
    const asked = (await teacher?.(batch / parts)) ?? 0;
    // Before anything is timed, which needs memory itself.
    const frugal = buildTrainingGraph(copyModel(batched), { ...options, forms: frugalForms, parts });
    needed = asked + peakMemory(frugal.model);
    if (needed > allowed) continue;
    const sites = convolutionSites(batched);
    const forms = await chooseForms(
      sites.map(({ site }) => site),
      { threads, block: await blockSize(), memory: memoryShares.trial * memory },
    );
    const chosen = sites.map(({ node, site }) => ({
      node: node.label,
      forward: forms.forward(site)?.name ?? plainConvolution.name,
      weight: forms.weight(site).name,
      image: forms.image(site).name,
    }));
    const graph = buildTrainingGraph(batched, { ...options, forms, parts });
    needed = asked + peakMemory(graph.model);
    if (needed > allowed) continue;
    return { step: await TrainingStep.open(graph, threads), forms: chosen, parts, memory: needed };
  }
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new InferOptError(
    'environment',
    `one sample of a training step needs ${megabytes(needed / memoryShares.step)}, and ${megabytes(memory)} are allowed`,
    { hint: 'allow more with --memory, or train fewer layers with --freeze' },
  );
}

/** How many samples a model takes at once: all, or one where a batch would give other numbers. */
async function largestBatch(
  model: Model,
  values: readonly string[],
  sample: ReadonlyMap<string, Tensor>,
  { batch, threads, memory }: NetworkOptions,
): Promise<number> {
  // Two samples show it, and need less memory than all.
  const network = await Network.open(model, values, sample, { threads, batch: Math.min(2, batch), memory });
  await network.close();
  return network.batch === 1 ? 1 : batch;
}

/** From 1 to the number itself. */
function divisorsOf(number: number): number[] {
  return Array.from({ length: number }, (_, i) => i + 1).filter((one) => number % one === 0);
}
