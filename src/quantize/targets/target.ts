import type { Node } from '../../ir/node.js';

/**
 * What an integer operator does with its operands:
 * - `compute`: multiplies by constant weights and sums up; the reason to quantize at all
 * - `arithmetic`: has an integer kernel and parameters of its own for the output (Add, pools, Sigmoid)
 * - `layout`: moves or picks elements only; input and output share their parameters
 */
export type Role = 'compute' | 'arithmetic' | 'layout';

/** How weights of a compute operator are read. */
export interface WeightLayout {
  /** Input index of the constant weights. */
  readonly index: number;
  /** The axis with a scale of its own for each index, or undefined for one scale in all. */
  readonly channelAxis: number | undefined;
  /** Input index of the bias where the operator has one. */
  readonly biasIndex: number | undefined;
}

export interface OperatorRule {
  /** Operators of the standard's domain. */
  readonly operators: readonly string[];
  readonly role: Role;
  /** Inputs that carry quantized data. */
  dataInputs(node: Node): readonly number[];
  /** For `compute`. */
  weights?(node: Node): WeightLayout;
  /** Why this node gets no integer kernel; undefined when it does. */
  refuse?(node: Node): string | undefined;
  /** Why this node is left float though it has an integer kernel: that is slower. */
  fasterInFloat?(node: Node): string | undefined;
  /** The range of the output where the operator itself fixes it. */
  readonly outputRange?: { readonly low: number; readonly high: number };
}

/**
 * Which operators become integer kernels on a kind of machine. Adding one: a file that exports it, and a
 * line in `list.ts`.
 */
export interface Target {
  /** What people type after `--target`. */
  readonly name: string;
  readonly summary: string;
  /** Type of quantized activations. */
  readonly activation: 'uint8' | 'int8';
  /** True when the zero point of activations must be 0. */
  readonly symmetric: boolean;
  /** Largest magnitude of an integer weight. */
  readonly weightBound: number;
  readonly rules: readonly OperatorRule[];
  /**
   * Where values become integers: `kernels` (without) around every operator that has an integer kernel, `inputs` in front
   * of multiplications alone, for a runtime that fuses the rest by itself.
   */
  readonly placement?: 'kernels' | 'inputs';
  /** How biases are stored; `int32` without. */
  readonly bias?: 'int32' | 'float';
  /** Modes that are of use there: tried by `auto`, and allowed by name; without, all that suggest themselves. */
  readonly modes?: { readonly auto: readonly string[]; readonly named: readonly string[] };
}

export function ruleFor(target: Target, node: Node): OperatorRule | undefined {
  return node.domain === '' ? target.rules.find((rule) => rule.operators.includes(node.opType)) : undefined;
}
