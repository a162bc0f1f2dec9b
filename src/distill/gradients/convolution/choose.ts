import { Graph } from '../../../ir/graph.js';
import { Model } from '../../../ir/model.js';
import { tensorType } from '../../../ir/types.js';
import type { Value } from '../../../ir/value.js';
import { openSession, type Session, type SessionValue } from '../../../runtime/session.js';
import { elementCount, Tensor } from '../../../tensor/tensor.js';
import { Emitter } from '../../graph/emitter.js';
import { peakMemory } from '../../graph/peak-memory.js';
import { blockedDomain, blockedForms } from './blocked.js';
import {
  shapeKey,
  type ConvolutionForms,
  type ConvolutionSite,
  type ForwardForm,
  type ImageForm,
  type WeightForm,
} from './forms.js';
import { plainConvolution } from './forward-forms.js';
import { imageForms } from './image-forms.js';
import { productPerTap, weightForms } from './weight-forms.js';

/** The forms that fit everything: for whoever does not time. */
export const firstForms: ConvolutionForms = {
  forward: () => undefined,
  weight: () => weightForms[0]!,
  image: () => imageForms[0]!,
};

/** The forms that need least memory. */
export const frugalForms: ConvolutionForms = {
  ...firstForms,
  weight: (site) => (productPerTap.fits(site) ? productPerTap : weightForms[0]!),
};

/** Runs of each form, of which the fastest one counts. */
const runs = 8;

/**
 * Times every way to compute these convolutions and their gradients on this machine and keeps the fastest for
 * each shape. The ways give the same sums in other orders of rounding. Without a block size (see `blockSize`) those on
 * blocks of channels are left out. The forms of one convolution are open beside each other: where all samples would
 * need more than `memory`, in bytes, fewer are timed.
 */
export async function chooseForms(
  sites: readonly Omit<ConvolutionSite, 'emitter'>[],
  { threads, block, memory }: { threads: number; block: number | undefined; memory: number },
): Promise<ConvolutionForms> {
  const chosen = new Map<string, { forward: ForwardForm; weight: WeightForm; image: ImageForm }>();
  const blocked = block === undefined ? undefined : blockedForms(block);
  const forward = [plainConvolution, ...(blocked === undefined ? [] : [blocked.forward])];
  const image = [...imageForms, ...(blocked === undefined ? [] : [blocked.image])];
  const limits = { threads, memory, numbers: new Numbers() };
  for (const site of sites) {
    const key = shapeKey({ ...site, emitter: new Emitter(new Graph('none')) });
    if (chosen.has(key)) continue;
    chosen.set(key, {
      forward: await fastest(forward, site, limits, (form, site) => {
        return form.build(site, inputOf(site, site.image), inputOf(site, site.weight), undefined);
      }),
      weight: await fastest(weightForms, site, limits, (form, site) => {
        return form.build(site, inputOf(site, site.image), inputOf(site, site.result));
      }),
      image: await fastest(image, site, limits, (form, site) => {
        return form.build(site, inputOf(site, site.weight), inputOf(site, site.result));
      }),
    });
  }
  return {
    forward: (site) => {
      const form = chosen.get(shapeKey(site))?.forward;
      return form === plainConvolution ? undefined : form;
    },
    weight: (site) => chosen.get(shapeKey(site))?.weight ?? firstForms.weight(site),
    image: (site) => chosen.get(shapeKey(site))?.image ?? firstForms.image(site),
  };
}

type Site = Omit<ConvolutionSite, 'emitter'>;

interface Limits {
  readonly threads: number;
  /** In bytes, for all forms of a convolution. */
  readonly memory: number;
  readonly numbers: Numbers;
}

async function fastest<Form extends { readonly name: string; fits(site: ConvolutionSite): boolean }>(
  forms: readonly Form[],
  site: Site,
  limits: Limits,
  build: (form: Form, site: ConvolutionSite) => Value,
): Promise<Form> {
  const fitting = forms.filter((form) => form.fits({ ...site, emitter: new Emitter(new Graph('none')) }));
  if (fitting.length === 1) return fitting[0]!;
  const models = modelsWithin(limits.memory, site, (shape) =>
    fitting.map((form) => {
      const model = trainingModel();
      model.graph.addOutput(build(form, { ...shape, emitter: new Emitter(model.graph) }));
      return model;
    }),
  );
  const times = await timesOf(models, limits);
  return fitting[times.indexOf(Math.min(...times))]!;
}

/** Models of all samples of a site, or of as many as all models have memory for. */
function modelsWithin(memory: number, site: Site, build: (site: Site) => Model[]): Model[] {
  for (let samples = site.image[0]!; ;) {
    const models = build({
      ...site,
      image: site.image.with(0, samples),
      result: site.result.with(0, samples),
    });
    const needed = models.reduce((sum, model) => sum + peakMemory(model), 0);
    if (needed <= memory || samples === 1) return models;
    samples = Math.max(1, Math.min(samples - 1, Math.floor((samples * memory) / needed)));
  }
}

function trainingModel(): Model {
  const model = Model.create(17);
  model.opsets.set('com.microsoft', 1);
  model.opsets.set(blockedDomain, 1);
  return model;
}

function inputOf({ emitter }: ConvolutionSite, dims: readonly number[]): Value {
  const value = emitter.graph.newValue('input', tensorType('float32', dims));
  emitter.graph.addInput(value);
  return value;
}

/** The shortest time of each model, in milliseconds; they run in turns, so that what else the machine does meets all. */
async function timesOf(models: readonly Model[], { threads, numbers }: Limits): Promise<number[]> {
  const times = models.map(() => Infinity);
  const sessions: Session[] = [];
  try {
    for (const model of models) sessions.push(await openSession(model, { threads }));
    for (let run = 0; run <= runs; run++) {
      for (const [i, session] of sessions.entries()) {
        const [feeds, results] = [numbers.given(session.inputs), numbers.results(session.outputs)];
        const start = performance.now();
        await session.runInto(feeds, results);
        // The first run takes memory and counts for nothing.
        if (run > 0) times[i] = Math.min(times[i]!, performance.now() - start);
      }
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return times;
}

/**
 * Memory for what all models are fed, and for what all of them give: tensors of their own would pile up until the
 * garbage collector came to them.
 */
class Numbers {
  #given = new Float32Array(0);
  #results = new Float32Array(0);

  given(values: readonly SessionValue[]): Map<string, Tensor> {
    const length = Math.max(...values.map(lengthOf));
    if (this.#given.length < length) this.#given = new Float32Array(length).fill(0.5);
    return viewsOf(values, this.#given);
  }

  results(values: readonly SessionValue[]): Map<string, Tensor> {
    const length = Math.max(...values.map(lengthOf));
    if (this.#results.length < length) this.#results = new Float32Array(length);
    return viewsOf(values, this.#results);
  }
}

/** Each the first numbers of the same memory. */
function viewsOf(values: readonly SessionValue[], numbers: Float32Array): Map<string, Tensor> {
  return new Map(
    values.map((value) => [
      value.name,
      Tensor.float32(value.dims as number[], numbers.subarray(0, lengthOf(value))),
    ]),
  );
}

/** Models of training have fixed shapes. */
function lengthOf({ dims }: SessionValue): number {
  return elementCount(dims as number[]);
}
