import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import type { Parameter } from '../parameters.js';
import type { Emitter } from './emitter.js';

/** Where the weights of a parameter lie in the vector of all. */
export interface Piece {
  readonly start: number;
  readonly dims: readonly number[];
}

/**
 * All trained weights as one vector, so that an update is a few operators on one value and not as many on each of
 * them: half of the nodes of a step, and nearly all of its inputs and outputs.
 */
export class FlatWeights {
  readonly length: number;
  readonly pieces: ReadonlyMap<string, Piece>;
  readonly #emitter: Emitter;

  constructor(emitter: Emitter, parameters: readonly Parameter[]) {
    this.#emitter = emitter;
    let length = 0;
    const pieces = new Map<string, Piece>();
    // The runtime computes what is put together in this order: gradients of the last layers are known first.
    for (const { value } of [...parameters].reverse()) {
      pieces.set(value.name, { start: length, dims: value.constant.dims });
      length += value.constant.size;
    }
    this.pieces = pieces;
    this.length = length;
  }

  /** One tensor of all; `of` gives the numbers of a parameter, as many as it has. */
  joined(of: (name: string) => ArrayLike<number>): Tensor {
    const all = new Float32Array(this.length);
    for (const [name, { start }] of this.pieces) all.set(of(name), start);
    return Tensor.float32([this.length], all);
  }

  /** The vector taken apart, by the names of the parameters. */
  split(vector: Value): Map<string, Value> {
    const emitter = this.#emitter;
    const list = [...this.pieces];
    const sizes = list.map(([, { dims }]) => elementCount(dims));
    const outputs = sizes.map((size) => emitter.graph.newValue('weights', tensorType('float32', [size])));
    emitter.graph.addNode('Split', [vector, emitter.ints(sizes)], {
      name: emitter.graph.names.fresh('train/step/Split'),
      attributes: [['axis', { kind: 'int', value: 0n }]],
      outputs,
    });
    return new Map(list.map(([name, { dims }], i) => [name, emitter.reshape(outputs[i]!, dims)]));
  }

  /** The vector put together; parameters that are absent are zeros. */
  join(parts: ReadonlyMap<string, Value>): Value {
    const emitter = this.#emitter;
    const vectors = [...this.pieces].map(([name, { dims }]) => {
      const part = parts.get(name);
      const size = [elementCount(dims)];
      return part === undefined ? emitter.zeros(size) : emitter.reshape(part, size);
    });
    return emitter.concat(vectors, 0);
  }
}

/** The numbers of one parameter out of the vector of all. */
export function pieceOf(vector: Tensor, { start, dims }: Piece): Tensor {
  const values = vector.values() as Float32Array;
  return Tensor.float32(dims, values.slice(start, start + elementCount(dims)));
}
