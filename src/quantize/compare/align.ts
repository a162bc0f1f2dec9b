import type { Range } from '../../calibrate/range-method.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { dtypeOf, scalarOf } from '../../passes/match.js';
import { isFloat } from '../../tensor/dtype.js';
import { coveredRange } from '../affine.js';
import { operatorForms } from '../qoperator/forms.js';
import { integerMovers } from '../qoperator/to-qoperator.js';

/** A value of the baseline, and the one of the candidate that stands for the same. */
export interface AlignedValue {
  readonly baseline: Value;
  readonly candidate: Value;
  /** What the integers that the candidate keeps it in can say; undefined where it is kept in floats. */
  readonly range: Range | undefined;
}

/**
 * Float values of the two main graphs that go by the same name, in the baseline's order. Where the candidate
 * rounds a value to integers, what comes out of the rounding is meant: that is what its readers see.
 */
export function alignValues(baseline: Model, candidate: Model): AlignedValue[] {
  const values = [
    ...baseline.graph.requiredInputs,
    ...[...baseline.graph.nodes()].flatMap((node) => node.outputs.filter((value) => value !== undefined)),
  ];
  return values.flatMap((value): AlignedValue[] => {
    const same = candidate.graph.get(value.name);
    if (same?.constant !== undefined || !isFloatValue(value)) return [];
    const rounded = (same && dequantizedOf(same)) ?? dequantizedIntegers(candidate, value);
    // An input that nothing rounds is the same on both sides.
    if (value.producer === undefined && rounded === undefined) return [];
    const chosen = rounded ?? same;
    if (chosen === undefined || !isFloatValue(chosen)) return [];
    return [{ baseline: value, candidate: chosen, range: rangeOf(chosen) }];
  });
}

/**
 * Where a value exists as integers only, between operators on integers, its DequantizeLinear is added to the
 * candidate: after it nothing computes in another way.
 */
function dequantizedIntegers(candidate: Model, { name, type }: Value): Value | undefined {
  const integers = candidate.graph.get(`${name}_quantized`);
  const parameters = integers === undefined ? undefined : outputParameters(integers);
  if (integers === undefined || parameters === undefined) return undefined;
  const node = candidate.graph.addNode('DequantizeLinear', [integers, ...parameters], {
    outputName: `${name}_dequantized`,
  });
  const real = node.outputs[0]!;
  real.type = type;
  return real;
}

/** Scale and zero point of what an operator on integers gives out, through those that move integers. */
function outputParameters(value: Value): readonly [Value, Value] | undefined {
  const node = value.producer;
  if (node === undefined) return undefined;
  const form = operatorForms.find(({ opType, domain }) => node.opType === opType && node.domain === domain);
  if (form === undefined) {
    if (node.is('QuantizeLinear')) return pairAt(node, 1);
    return node.is(...integerMovers) && node.inputs[0] !== undefined
      ? outputParameters(node.inputs[0])
      : undefined;
  }
  return pairAt(node, form.outputScale);
}

function pairAt(node: Node, index: number): readonly [Value, Value] | undefined {
  const [scale, zeroPoint] = node.inputs.slice(index, index + 2);
  return scale === undefined || zeroPoint === undefined ? undefined : [scale, zeroPoint];
}

function isFloatValue(value: Value): boolean {
  const dtype = dtypeOf(value);
  return dtype !== undefined && isFloat(dtype) && dtype !== 'bfloat16' && !dtype.startsWith('float8');
}

/** What DequantizeLinear makes of the integers that a value is rounded to, or comes from. */
function dequantizedOf(value: Value): Value | undefined {
  if (value.producer?.is('DequantizeLinear') === true) return value;
  const quantize = value.consumers.find((node) => node.is('QuantizeLinear') && node.inputs[0] === value);
  const integers = quantize?.outputs[0];
  return integers?.consumers.find((node) => node.is('DequantizeLinear') && node.inputs[0] === integers)
    ?.outputs[0];
}

function rangeOf(value: Value): Range | undefined {
  const node = value.producer;
  if (node?.is('DequantizeLinear') !== true) return undefined;
  const scale = scalarOf(node.inputs[1]);
  const zeroPoint = node.inputs[2] === undefined ? 0 : scalarOf(node.inputs[2]);
  const dtype = dtypeOf(node.inputs[0]);
  if (scale === undefined || zeroPoint === undefined || (dtype !== 'uint8' && dtype !== 'int8'))
    return undefined;
  return coveredRange({ dtype, scale, zeroPoint });
}
