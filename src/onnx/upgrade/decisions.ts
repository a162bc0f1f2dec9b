import { additions } from './compatible/additions.js';
import { moreElementTypes } from './compatible/element-types.js';
import { paddingWindows } from './compatible/padding-windows.js';
import { permissions } from './compatible/permissions.js';
import { rewordings } from './compatible/wording.js';

/** Versions of operators that need no rewriting: the old form is good in the new one and means the same. */
export interface CompatibleChange {
  readonly reason: string;
  readonly steps: Readonly<Record<string, readonly number[]>>;
}

export const compatibleChanges: readonly CompatibleChange[] = [
  moreElementTypes,
  additions,
  permissions,
  rewordings,
  paddingWindows,
];

/**
 * Operators that came with the first operator sets as experiments and went, with what became of them in
 * opset 10; the standard has two of them (MeanVarianceNormalization, ThresholdedRelu), later.
 */
export const experimental: ReadonlySet<string> = new Set([
  'ATen',
  'Affine',
  'ConstantFill',
  'Crop',
  'DynamicSlice',
  'GRUUnit',
  'GivenTensorFill',
  'ImageScaler',
  'MeanVarianceNormalization',
  'ParametricSoftplus',
  'Scale',
  'ScaledTanh',
  'ThresholdedRelu',
]);

/** Operators that the runtime had in the standard's domain before the standard itself. */
export const early: ReadonlySet<string> = new Set(['LayerNormalization']);

/** Operators that cannot be carried over a version at all. */
const refusals: Readonly<Record<string, Readonly<Record<number, string>>>> = Object.fromEntries(
  ['ATen', 'ConstantFill', 'GRUUnit', 'GivenTensorFill'].map((operator) => [
    operator,
    { 10: 'the experimental operator ended and has no counterpart' },
  ]),
);

/** Why that operator cannot pass that version, or undefined where it can. */
export function refusalAt(operator: string, version: number): string | undefined {
  return Object.hasOwn(refusals, operator) ? refusals[operator]?.[version] : undefined;
}
