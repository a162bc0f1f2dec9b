import type { Node } from '../../ir/node.js';
import { tensorType, type Dim, type ValueType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import type { DType } from '../../tensor/dtype.js';
import { constantOf } from '../match.js';
import type { Symbolic } from './symbolic.js';

/**
 * What is known of a small int64 tensor before anything runs: each element a number, a length known by name,
 * or undefined. `scalar` tells rank 0 from rank 1; higher ranks are not followed.
 */
export interface Integers {
  readonly scalar: boolean;
  readonly elements: readonly Dim[];
}

/** What a type rule may ask about the node it looks at. */
export interface Site {
  readonly node: Node;
  readonly opset: number;
  readonly symbolic: Symbolic;
  /** The dims of input `index`, each a length, a name or undefined; undefined where the rank is unknown. */
  readonly dims: (index: number) => readonly Dim[] | undefined;
  readonly dtype: (index: number) => DType | undefined;
  /** The elements of input `index` where it is a small integer tensor of which something is known. */
  readonly integers: (index: number) => Integers | undefined;
}

/** The types of a node's outputs as far as they follow from its inputs. */
export type TypeRule = (site: Site) => readonly (ValueType | undefined)[];

export type TypeRules = Readonly<Record<string, TypeRule>>;

export function tensor(dtype: DType | undefined, dims: readonly Dim[] | undefined): ValueType | undefined {
  return dtype === undefined ? undefined : tensorType(dtype, dims);
}

/** For operators whose first output is like their first input. */
export const likeFirst: TypeRule = (site) => [tensor(site.dtype(0), site.dims(0))];

/** One output of the first input's element type. */
export function moving(dims: (site: Site, input: readonly Dim[]) => readonly Dim[] | undefined): TypeRule {
  return (site) => {
    const input = site.dims(0);
    return [tensor(site.dtype(0), input === undefined ? undefined : dims(site, input))];
  };
}

/** All elements of an integer input, when each is a number; undefined where the input is left out or not known. */
export function numbers(site: Site, index: number): number[] | undefined {
  const found = site.integers(index);
  if (found?.elements.every((element) => typeof element === 'number') !== true) return undefined;
  return found.elements as number[];
}

/** Where a Slice starts or ends: numbers beyond what can be counted exactly mean "to the end", whichever they are. */
export function boundsOf(site: Site, index: number, attribute: string): readonly Dim[] | undefined {
  if (site.opset < 10) return site.node.ints(attribute);
  const constant = constantOf(site.node.inputs[index]);
  if (constant?.dtype === 'int64' || constant?.dtype === 'int32') return Array.from(constant.toNumbers());
  return site.integers(index)?.elements;
}

/** Axes that are an attribute in old operator sets and an input in new ones. */
export function axesOf(site: Site, index: number): number[] | undefined {
  return site.node.ints('axes') ?? numbers(site, index);
}

/** True when an input is given, whether or not its content is known. */
export function isGiven(site: Site, index: number): boolean {
  return site.node.inputs[index] !== undefined;
}

/** An axis counted from the front, or undefined where it is out of range. */
export function axisOf(axis: number, rank: number): number | undefined {
  const found = axis < 0 ? axis + rank : axis;
  return found >= 0 && found < rank ? found : undefined;
}

/** Several axes counted from the front; undefined where one is out of range. */
export function axesFrom(axes: readonly number[], rank: number): number[] | undefined {
  const found = axes.map((axis) => axisOf(axis, rank));
  return found.includes(undefined) ? undefined : (found as number[]);
}

/** Dims of a value as far as its type or content tells. */
export function declaredDims(value: Value | undefined): readonly Dim[] | undefined {
  if (value === undefined) return undefined;
  const constant = constantOf(value);
  if (constant !== undefined) return constant.dims;
  return value.type?.kind === 'tensor' ? value.type.dims : undefined;
}

export function unknownDims(rank: number): Dim[] {
  return new Array<Dim>(rank).fill(undefined);
}

/** Dims of which only the number is known: the length of input `index`. */
export function lengthOnly(site: Site, index: number): Dim[] | undefined {
  const length = site.dims(index)?.[0];
  return typeof length === 'number' ? unknownDims(length) : undefined;
}
