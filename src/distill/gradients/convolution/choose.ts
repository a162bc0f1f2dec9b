import { Graph } from '../../../ir/graph.js';
import { Model } from '../../../ir/model.js';
import { tensorType } from '../../../ir/types.js';
import type { Value } from '../../../ir/value.js';
import { openSession, type Session } from '../../../runtime/session.js';
import { elementCount, Tensor } from '../../../tensor/tensor.js';
import { Emitter } from '../../graph/emitter.js';
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

/** As many unfolded images as what the forms of one convolution need at once, all together. */
const openForms = 4;

/**
 * Times every way to compute these convolutions and their gradients on this machine and keeps the fastest for
 * each shape. The ways give the same sums in other orders of rounding. Without a block size (see `blockSize`) those on
 * blocks of channels are left out.
 */
export async function chooseForms(
  sites: readonly Omit<ConvolutionSite, 'emitter'>[],
  { threads, block, memory }: { threads: number; block: number | undefined; memory: number },
): Promise<ConvolutionForms> {
  const chosen = new Map<string, { forward: ForwardForm; weight: WeightForm; image: ImageForm }>();
  const blocked = block === undefined ? undefined : blockedForms(block);
  const forward = [plainConvolution, ...(blocked === undefined ? [] : [blocked.forward])];
  const image = [...imageForms, ...(blocked === undefined ? [] : [blocked.image])];
  for (const site of sites) {
    const key = shapeKey({ ...site, emitter: new Emitter(new Graph('none')) });
    if (chosen.has(key)) continue;
    const shape = withFewerSamples(site, memory);
    chosen.set(key, {
      forward: await fastest(forward, shape, threads, (form, site) => {
        return form.build(site, inputOf(site, site.image), inputOf(site, site.weight), undefined);
      }),
      weight: await fastest(weightForms, shape, threads, (form, site) => {
        return form.build(site, inputOf(site, site.image), inputOf(site, site.result));
      }),
      image: await fastest(image, shape, threads, (form, site) => {
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

/** As many samples of a site as can be timed within a memory: the forms are open beside each other. */
function withFewerSamples(
  site: Omit<ConvolutionSite, 'emitter'>,
  memory: number,
): Omit<ConvolutionSite, 'emitter'> {
  const { image, result, weight } = site;
  const unfolded = 4 * elementCount(image.slice(1)) * elementCount(weight.slice(2));
  const samples = Math.min(image[0]!, Math.max(1, Math.floor(memory / (openForms * unfolded))));
  return { ...site, image: image.with(0, samples), result: result.with(0, samples) };
}

async function fastest<Form extends { readonly name: string; fits(site: ConvolutionSite): boolean }>(
  forms: readonly Form[],
  shape: Omit<ConvolutionSite, 'emitter'>,
  threads: number,
  build: (form: Form, site: ConvolutionSite) => Value,
): Promise<Form> {
  const fitting = forms.filter((form) => form.fits({ ...shape, emitter: new Emitter(new Graph('none')) }));
  if (fitting.length === 1) return fitting[0]!;
  const models = fitting.map((form) => {
    const model = trainingModel();
    model.graph.addOutput(build(form, { ...shape, emitter: new Emitter(model.graph) }));
    return model;
  });
  const times = await timesOf(models, threads);
  return fitting[times.indexOf(Math.min(...times))]!;
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
async function timesOf(models: readonly Model[], threads: number): Promise<number[]> {
  const times = models.map(() => Infinity);
  const sessions: Session[] = [];
  try {
    for (const model of models) sessions.push(await openSession(model, { threads }));
    for (let run = 0; run <= runs; run++) {
      for (const [i, session] of sessions.entries()) {
        const feeds = feedsOf(session);
        const start = performance.now();
        await session.run(feeds);
        // The first run takes memory and counts for nothing.
        if (run > 0) times[i] = Math.min(times[i]!, performance.now() - start);
      }
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return times;
}

function feedsOf(session: Session): Map<string, Tensor> {
  return new Map(
    session.inputs.map(({ name, dims }) => {
      const lengths = dims as number[];
      return [name, Tensor.float32(lengths, new Float32Array(elementCount(lengths)).fill(0.5))];
    }),
  );
}
