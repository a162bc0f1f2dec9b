import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { constantOf } from '../../passes/match.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Layer } from '../layer.js';

/** A layer that can be repaired: what goes in and comes out, and where its bias is. */
export interface Site {
  readonly layer: Layer;
  readonly input: Value;
  /** Its result, bias included. */
  readonly output: Value;
  /** Undefined where there is none and none can be added. */
  readonly bias: BiasPlace | undefined;
  /** The sum that the result goes into and nothing else does: `total` is `output` plus `other`. */
  readonly sum: { readonly total: Value; readonly other: Value } | undefined;
}

/** Input `index` of `node`; absent where a Conv or Gemm has no bias yet. */
interface BiasPlace {
  readonly node: Node;
  readonly index: number;
}

/** The site of a layer, or why it cannot be repaired. */
export function siteOf(layer: Layer): Site | string {
  const { node, readers } = layer;
  if (readers.length > 1) return `its weights are shared by ${readers.length} nodes`;
  if (node.graph.parent !== undefined) return 'it lies in the body of another node';
  const [input] = node.inputs;
  const result = node.outputs[0];
  if (input === undefined || result === undefined || input.constant !== undefined)
    return 'its input is constant';
  const found = biasOf(layer, result);
  if (typeof found === 'string') return found;
  const { output, bias } = found;
  return { layer, input, output, bias, sum: sumOf(output) };
}

function biasOf(layer: Layer, result: Value): { output: Value; bias: BiasPlace | undefined } | string {
  const { node } = layer;
  if (node.is('Conv')) {
    const value = node.inputs[2];
    if (value !== undefined && constantOf(value) === undefined) return 'its bias is computed';
    return { output: result, bias: { node, index: 2 } };
  }
  if (node.is('Gemm')) {
    if (node.int('transA', 0) !== 0) return 'its input is transposed';
    if (node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1) return 'its result is scaled';
    const value = node.inputs[2];
    if (value !== undefined && constantOf(value)?.size !== layer.rows)
      return 'its bias is not one number an output';
    return { output: result, bias: { node, index: 2 } };
  }
  if (node.is('MatMul')) {
    if (layer.groups !== 1) return 'it multiplies a stack of matrices';
    const add = result.soleConsumer;
    if (add?.is('Add') === true && add.graph === node.graph) {
      const index = add.inputs[0] === result ? 1 : 0;
      const constant = constantOf(add.inputs[index]);
      if (constant?.size === layer.rows && constant.dims.at(-1) === layer.rows) {
        return { output: add.outputs[0]!, bias: { node: add, index } };
      }
    }
    return { output: result, bias: undefined };
  }
  return `${node.opType} is not repaired`;
}

function sumOf(output: Value): Site['sum'] {
  const add = output.soleConsumer;
  if (add?.is('Add', 'Sum') !== true || add.inputs.length !== 2 || add.graph !== output.graph)
    return undefined;
  const other = add.inputs[add.inputs[0] === output ? 1 : 0];
  if (other === undefined || other === output || other.constant !== undefined) return undefined;
  return { total: add.outputs[0]!, other };
}

/** The bias as numbers, zeros where there is none. */
export function biasValues({ layer, bias }: Site): Float64Array {
  const value = bias?.node.inputs[bias.index];
  const count = layer.groups * layer.rows;
  return value?.constant === undefined
    ? new Float64Array(count)
    : Float64Array.from(value.constant.toNumbers());
}

/** Makes the numbers the bias, as a constant of its own. */
export function setBias({ layer, bias }: Site, values: Float64Array): void {
  if (bias === undefined) return;
  const old = bias.node.inputs[bias.index];
  const { dtype } = layer.value.constant;
  const tensor = Tensor.fromNumbers(dtype, old?.constant?.dims ?? [values.length], values);
  const fresh = bias.node.graph.addConstant(old?.name ?? `${layer.value.name}_bias`, tensor);
  bias.node.setInput(bias.index, fresh);
  if (old?.isUnused === true && !old.isGraphInput) old.graph.removeValue(old);
}
