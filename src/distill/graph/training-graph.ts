import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { sortTopologically } from '../../ir/order.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import { emitRounded, type FakeQuantization } from '../fake-quantization/fake-quantization.js';
import { convolutionSite } from '../gradients/conv.js';
import { blockedDomain } from '../gradients/convolution/blocked.js';
import type { ConvolutionForms } from '../gradients/convolution/forms.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { parametersOf, type Parameter } from '../parameters.js';
import type { LossTerm } from '../terms.js';
import { differentiate } from './differentiate.js';
import { Emitter } from './emitter.js';
import { FlatWeights, type Piece } from './flat-weights.js';
import { keepBlocked } from './keep-blocked.js';

export interface TrainingOptions {
  readonly optimizer: Optimizer;
  readonly terms: readonly LossTerm[];
  readonly forms: ConvolutionForms;
  /** Names of the constants to train. */
  readonly parameters: readonly string[];
  /** For weights whose zeros stay: ones and zeros, by name. */
  readonly masks: ReadonlyMap<string, Tensor>;
  /** How weights are rounded in the forward pass; undefined leaves them as they are. */
  readonly quantization?: FakeQuantization | undefined;
  /** A step's batch comes in so many parts, whose gradients are added up before weights move. */
  readonly parts: number;
  /** Gradients are shortened to this norm, all together. */
  readonly clip: number;
}

/** A model that computes one training step: everything it changes comes in as an input and goes out as an output. */
export interface TrainingGraph {
  readonly model: Model;
  /** What is fed back: the output that becomes the input of the next step, by input. */
  readonly feedback: ReadonlyMap<string, string>;
  /** The first values of the inputs that are fed back. */
  readonly start: ReadonlyMap<string, Tensor>;
  /** Where each parameter lies in the vectors of all weights, by its name; without those that the loss does not see. */
  readonly weights: ReadonlyMap<string, Piece>;
  /** The inputs that hold all weights, and their averages over steps. */
  readonly vectors: { readonly current: string; readonly average: string };
  /** The input for the target of each term, in their order. */
  readonly targets: readonly string[];
  readonly inputs: {
    readonly rate: string;
    readonly decay: string;
    readonly averaging: string;
    /** True for the last part of a batch; absent where there is only one. */
    readonly last: string | undefined;
  };
  readonly parts: number;
  readonly outputs: { readonly loss: string; readonly norm: string; readonly terms: readonly string[] };
}

/** Turns a batched student, in place, into its training step. */
export function buildTrainingGraph(model: Model, options: TrainingOptions): TrainingGraph {
  return new Builder(model, options).build();
}

class Builder {
  readonly #model: Model;
  readonly #options: TrainingOptions;
  readonly #emitter: Emitter;
  readonly #feedback = new Map<string, string>();
  readonly #start = new Map<string, Tensor>();
  readonly #outputs: Value[] = [];
  #last: Value | undefined;

  constructor(model: Model, options: TrainingOptions) {
    this.#model = model;
    this.#options = options;
    this.#emitter = new Emitter(model.graph, model.opset);
  }

  build(): TrainingGraph {
    const { graph } = this.#model;
    this.#model.opsets.set('com.microsoft', 1);
    this.#model.opsets.set(blockedDomain, 1);
    const rate = this.#input('train/rate', []);
    const decay = this.#input('train/decay', []);
    const averaging = this.#input('train/averaging', []);
    if (this.#options.parts > 1) {
      this.#last = graph.newValue('train/last', tensorType('bool', []));
      graph.addInput(this.#last);
    }
    const parameters = this.#parameters();
    const flat = new FlatWeights(this.#emitter, parameters);
    const weights = this.#vector(
      'weights',
      flat.joined((name) => graph.get(name)!.constant!.toFloat32()),
    );
    const used = this.#used(parameters, flat.split(weights));
    sortTopologically(graph);
    const { targets, terms, loss } = this.#loss();
    const convolutions = [...graph.nodes()].filter((node) => node.is('Conv'));
    const found = differentiate(this.#emitter, loss, [...used.values()], this.#options.forms);
    const gradients = new Map(
      [...used].flatMap(([name, value]) => {
        const gradient = found.get(value);
        return gradient === undefined ? [] : [[name, gradient] as const];
      }),
    );
    if (gradients.size === 0) {
      throw new InferOptError('model', 'the loss depends on no weight that is trained', {
        hint: 'freeze less',
      });
    }
    const gradient = this.#summed(flat.join(gradients));
    const { factor, norm } = this.#clipping(gradient);
    const average = this.#update(weights, this.#emitter.mul(gradient, factor), {
      rate,
      averaging,
      // What the loss does not depend on stays as it is; vectors (biases, scales) are not shrunk, as is usual.
      decay: this.#decay(decay, flat, (name, dims) => gradients.has(name) && dims.length > 1),
      mask: this.#mask(flat),
    });
    while (graph.outputs.length > 0) graph.removeOutput(graph.outputs.length - 1);
    for (const node of convolutions) this.#replaceForward(node);
    // One term alone is the loss itself.
    for (const output of new Set([loss, norm, ...terms, ...this.#outputs])) graph.addOutput(output);
    sortTopologically(graph);
    keepBlocked(this.#emitter);
    sortTopologically(graph);
    return {
      model: this.#model,
      feedback: this.#feedback,
      start: this.#start,
      weights: new Map([...flat.pieces].filter(([name]) => gradients.has(name))),
      vectors: { current: weights.name, average: average.name },
      targets,
      inputs: {
        rate: rate.name,
        decay: decay.name,
        averaging: averaging.name,
        last: this.#last?.name,
      },
      parts: this.#options.parts,
      outputs: { loss: loss.name, norm: norm.name, terms: terms.map(({ name }) => name) },
    };
  }

  #parameters(): Parameter[] {
    const wanted = new Set(this.#options.parameters);
    return parametersOf(this.#model).filter(({ value }) => wanted.has(value.name));
  }

  #input(base: string, dims: readonly number[]): Value {
    const value = this.#emitter.graph.newValue(base, tensorType('float32', dims));
    this.#emitter.graph.addInput(value);
    return value;
  }

  /** An input that is fed back, with what it is at the start. */
  #vector(base: string, start: Tensor): Value {
    const value = this.#input(`train/${base}`, start.dims);
    this.#start.set(value.name, start);
    return value;
  }

  /** Puts parts of the vector of all weights in the place of constants; gives what the forward pass computes with. */
  #used(parameters: readonly Parameter[], parts: ReadonlyMap<string, Value>): Map<string, Value> {
    const { quantization } = this.#options;
    return new Map(
      parameters.map(({ value, node }) => {
        const raw = parts.get(value.name)!;
        const used = quantization === undefined ? raw : emitRounded(quantization, this.#emitter, raw, node);
        for (const use of value.uses) use.node.setInput(use.index, used);
        return [value.name, used];
      }),
    );
  }

  #loss(): { targets: string[]; terms: Value[]; loss: Value } {
    const emitter = this.#emitter;
    const targets: string[] = [];
    const terms = this.#options.terms.map(({ student, loss, settings, weight }) => {
      const value = emitter.graph.get(student);
      if (value === undefined)
        throw new InferOptError('internal', `the student has lost its value ${student}`);
      const target = this.#input('train/target', emitter.dims(value));
      targets.push(target.name);
      // Losses are means over samples: those of the parts add up to that of the batch.
      return emitter.scale(loss.build(emitter, value, target, settings), weight / this.#options.parts);
    });
    return { targets, terms, loss: terms.reduce((a, b) => emitter.add(a, b)) };
  }

  /** A convolution of the forward pass, in the form that was chosen. */
  #replaceForward(node: Node): void {
    const site = convolutionSite(node, this.#emitter);
    const form = this.#options.forms.forward(site);
    if (form === undefined) return;
    const { graph } = this.#emitter;
    const last = [...graph.nodes()].at(-1)!;
    const [image, weight, bias] = node.inputs;
    const found = form.build(site, image!, weight!, bias);
    // These are no gradients: reports name the layer itself.
    for (let added = last.next; added !== undefined; added = added.next) {
      added.name = graph.names.fresh(`${node.label}/${added.opType}`);
    }
    for (const use of node.outputs[0]!.uses) use.node.setInput(use.index, found);
    graph.remove(node);
  }

  /** The gradient with those of the parts before; starts anew after the last one. */
  #summed(gradient: Value): Value {
    if (this.#last === undefined) return gradient;
    const emitter = this.#emitter;
    const dims = emitter.dims(gradient);
    const before = this.#vector('sum', zerosOf(dims));
    const sum = emitter.add(before, gradient);
    this.#feedback.set(
      before.name,
      this.#output(emitter.emit('Where', [this.#last, emitter.scalar(0), sum], dims)),
    );
    return sum;
  }

  /** What gradients are multiplied by so that their norm, all together, is at most `clip` (Pascanu et al. 2013). */
  #clipping(gradient: Value): { factor: Value; norm: Value } {
    const emitter = this.#emitter;
    const norm = emitter.unary('Sqrt', emitter.emit('ReduceSumSquare', [gradient], [], { keepdims: 0 }));
    const share = emitter.div(emitter.scalar(this.#options.clip), emitter.shift(norm, 1e-12));
    return { factor: emitter.binary('Min', share, emitter.scalar(1)), norm };
  }

  /** The decay of every weight: of some the given one, of the others none. */
  #decay(
    decay: Value,
    flat: FlatWeights,
    shrinks: (name: string, dims: readonly number[]) => boolean,
  ): Value {
    const shrunk = flat.joined((name) => {
      const { dims } = flat.pieces.get(name)!;
      return new Float32Array(elementCount(dims)).fill(shrinks(name, dims) ? 1 : 0);
    });
    return this.#emitter.mul(this.#emitter.tensor(shrunk), decay);
  }

  /** Zeros where weights stay zero; undefined where none do. */
  #mask(flat: FlatWeights): Value | undefined {
    const { masks } = this.#options;
    if (![...flat.pieces.keys()].some((name) => masks.has(name))) return undefined;
    return this.#emitter.tensor(
      flat.joined((name) => {
        const size = elementCount(flat.pieces.get(name)!.dims);
        return masks.get(name)?.toFloat32() ?? new Float32Array(size).fill(1);
      }),
    );
  }

  /** The update of all weights. Gives the input that holds their averages. */
  #update(
    raw: Value,
    gradient: Value,
    {
      rate,
      decay,
      averaging,
      mask,
    }: { rate: Value; decay: Value; averaging: Value; mask: Value | undefined },
  ): Value {
    const emitter = this.#emitter;
    const { optimizer } = this.#options;
    const zeros = zerosOf(emitter.dims(raw));
    const states = optimizer.states.map((state) => this.#vector(state, zeros));
    const updated = optimizer.build({ emitter, weight: raw, gradient, states, rate, decay });
    const weight = mask === undefined ? updated.weight : emitter.mul(updated.weight, mask);
    this.#feed(raw, weight);
    updated.states.forEach((state, i) => {
      this.#feed(states[i]!, state);
    });
    const average = this.#vector('average', this.#start.get(raw.name)!);
    const step = emitter.mul(emitter.sub(weight, average), averaging);
    this.#feed(average, emitter.add(average, step));
    return average;
  }

  /** What an input becomes at the end of a batch. */
  #feed(input: Value, output: Value): void {
    const emitter = this.#emitter;
    const next =
      this.#last === undefined
        ? output
        : emitter.emit('Where', [this.#last, output, input], emitter.dims(input));
    this.#feedback.set(input.name, this.#output(next));
  }

  #output(value: Value): string {
    this.#outputs.push(value);
    return value.name;
  }
}

function zerosOf(dims: readonly number[]): Tensor {
  return Tensor.float32(dims, new Float32Array(elementCount(dims)));
}
