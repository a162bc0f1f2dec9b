import type { Model } from '../../src/ir/model.js';
import { tensorType } from '../../src/ir/types.js';
import type { Value } from '../../src/ir/value.js';
import { firstForms } from '../../src/distill/gradients/convolution/choose.js';
import type { ConvolutionForms } from '../../src/distill/gradients/convolution/forms.js';
import { differentiate } from '../../src/distill/graph/differentiate.js';
import { Emitter } from '../../src/distill/graph/emitter.js';
import { copyModel } from '../../src/prune/repair/part.js';
import { openSession } from '../../src/runtime/session.js';
import { inferShapes } from '../../src/runtime/shapes.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { normal, seededRandom } from '../../src/tensor/random.js';
import { count, type Array64 } from './float64/array.js';
import { evaluate } from './float64/evaluate.js';

/** How far gradients are from central differences of the float64 reference: the largest difference of a tensor over its largest element. */
export interface Distance {
  readonly input: string;
  readonly relative: number;
}

const step = 1e-4;

/**
 * The gradient of a random weighting of all outputs by `names` (inputs, or constants of the model), as float32
 * operators run by the runtime, against central differences of the float64 reference. At most `moved` elements of a
 * tensor are moved, drawn at random.
 */
export async function gradientDistances(
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
  names: readonly string[],
  {
    seed = 1,
    forms = firstForms,
    moved = 24,
  }: { seed?: number; forms?: ConvolutionForms; moved?: number } = {},
): Promise<Distance[]> {
  const random = seededRandom(seed);
  await inferShapes(model);
  const reference = copyModel(model);
  const feeds = new Map<string, Array64>(
    [...inputs].map(([name, tensor]) => [
      name,
      { dims: tensor.dims, data: Float64Array.from(tensor.toNumbers()) },
    ]),
  );
  for (const name of names) {
    const constant = model.graph.get(name)?.constant;
    if (constant !== undefined)
      feeds.set(name, { dims: constant.dims, data: Float64Array.from(constant.toNumbers()) });
  }
  const weights = evaluate(reference, feeds).map(({ data }) => Float64Array.from(data, () => normal(random)));
  const scalar = (changed: ReadonlyMap<string, Array64>): number =>
    evaluate(reference, changed).reduce(
      (sum, { data }, i) => sum + data.reduce((part, value, j) => part + value * weights[i]![j]!, 0),
      0,
    );
  const found = await backward(model, inputs, names, weights, forms);
  return names.map((name) => {
    const array = feeds.get(name)!;
    let largest = 0;
    let difference = 0;
    for (const at of elements(array.data.length, moved, random)) {
      const shifted = (by: number) =>
        scalar(new Map([...feeds, [name, { ...array, data: array.data.with(at, array.data[at]! + by) }]]));
      const expected = (shifted(step) - shifted(-step)) / (2 * step);
      largest = Math.max(largest, Math.abs(expected));
      difference = Math.max(difference, Math.abs(expected - found.get(name)![at]!));
    }
    // Where nothing moves, the difference itself counts.
    return { input: name, relative: difference / Math.max(largest, 1e-3) };
  });
}

function elements(length: number, moved: number, random: () => number): number[] {
  if (length <= moved) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: moved }, () => Math.floor(random() * length));
}

async function backward(
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
  names: readonly string[],
  weights: readonly Float64Array[],
  forms: ConvolutionForms,
): Promise<Map<string, ArrayLike<number>>> {
  const { graph } = model;
  model.opsets.set('com.microsoft', 1);
  const emitter = new Emitter(graph);
  const parts = graph.outputs.map((output, i) =>
    emitter.total(
      emitter.mul(
        output,
        emitter.tensor(Tensor.float32(emitter.dims(output), Float32Array.from(weights[i]!))),
      ),
    ),
  );
  const targets = names.map((name) => graph.get(name)!);
  const gradients = differentiate(
    emitter,
    parts.reduce((a, b) => emitter.add(a, b)),
    targets,
    forms,
  );
  const outputs = names.map((name, i): [string, Value | undefined] => [name, gradients.get(targets[i]!)]);
  for (const [, value] of outputs) {
    if (value === undefined) continue;
    const own = graph.newValue('gradient', tensorType('float32', emitter.dims(value)));
    graph.addNode('Identity', [value], { outputs: [own] });
    graph.addOutput(own);
  }
  const session = await openSession(model, { optimization: 'basic' });
  const results = [...(await session.run(inputs)).values()].slice(weights.length);
  await session.close();
  let next = 0;
  return new Map(
    outputs.map(([name, value]) => {
      const dims = emitter.dims(graph.get(name)!);
      if (value === undefined) return [name, new Float32Array(count(dims))];
      const result = results[next++]!;
      if (result.dims.join() !== dims.join())
        throw new Error(`${name} is [${dims.join()}], its gradient [${result.dims.join()}]`);
      return [name, result.toNumbers()];
    }),
  );
}
