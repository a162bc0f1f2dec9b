import type { Value } from '../../ir/value.js';
import { keptLike } from '../../onnx/scratch.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Constants made from other constants: what several nodes share is made and stored once. */
export class SharedConstants {
  readonly #made = new Map<Value, Map<string, Record<string, Value>>>();

  /**
   * The constants that `make` derives from the constant `source`, beside which they stand, so that whoever
   * sees that one sees these too. `how` tells different derivations from the same constant apart.
   */
  of<Part extends string>(
    source: Value,
    how: string,
    make: () => Readonly<Record<Part, Tensor>>,
  ): Record<Part, Value> {
    const ofSource = this.#made.get(source) ?? new Map<string, Record<string, Value>>();
    this.#made.set(source, ofSource);
    let made = ofSource.get(how);
    if (made === undefined) {
      const tensors = Object.entries<Tensor>(make());
      made = Object.fromEntries(
        tensors.map(([part, tensor]) => {
          const kept = source.constant === undefined ? tensor : keptLike(source.constant, tensor);
          return [part, source.graph.addConstant(`${source.name}_${part}`, kept)];
        }),
      );
      ofSource.set(how, made);
    }
    return made;
  }
}
