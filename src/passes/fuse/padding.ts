import { attribute, type Attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { miss, type Miss } from '../fusion.js';
import { constantOf, integersOf, knownRank, scalarOf } from '../match.js';

/** A Pad that adds a constant number around the spatial axes (2 and up) of an image. */
export interface SpatialPad {
  readonly input: Value;
  /** What stands in the added places. */
  readonly fill: number;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** A Pad node as spatial padding, or what speaks against it. */
export function spatialPadOf(pad: Node): SpatialPad | Miss {
  const [input] = pad.inputs;
  if (input === undefined) return miss(`${pad.label} pads nothing`);
  if (pad.string('mode', 'constant') !== 'constant')
    return miss(`${pad.label} repeats the image instead of a number`);
  const byInputs = pad.inputs.length > 1;
  const pads = byInputs ? integersOf(pad.inputs[1]) : (pad.ints('pads') ?? pad.ints('paddings'));
  if (pads === undefined) return miss(`the amount of ${pad.label} is not constant`);
  const fill = !byInputs ? pad.float('value', 0) : pad.inputs[2] === undefined ? 0 : scalarOf(pad.inputs[2]);
  if (fill === undefined) return miss(`the number that ${pad.label} fills in is not constant`);
  const rank = pad.inputs[3] === undefined ? pads.length / 2 : knownRank(input);
  const axes =
    pad.inputs[3] === undefined
      ? Array.from({ length: rank! }, (_, axis) => axis)
      : integersOf(pad.inputs[3]);
  if (rank === undefined || axes === undefined) return miss(`the axes of ${pad.label} are unknown`);
  const begins = new Array<number>(rank).fill(0);
  const ends = new Array<number>(rank).fill(0);
  axes.forEach((axis, index) => {
    begins[axis < 0 ? axis + rank : axis] = pads[index]!;
    ends[axis < 0 ? axis + rank : axis] = pads[index + axes.length]!;
  });
  if ([...begins, ...ends].some((amount) => amount < 0))
    return miss(`${pad.label} cuts off instead of padding`);
  if ([...begins.slice(0, 2), ...ends.slice(0, 2)].some((amount) => amount !== 0)) {
    return miss(`${pad.label} pads batch or channels`);
  }
  return { input, fill, begins: begins.slice(2), ends: ends.slice(2) };
}

/** The pads attribute of a Conv or pool with those of a Pad in front added, or what speaks against it. */
export function joinedPads(node: Node, pad: SpatialPad, spatialRank: number): number[] | Miss {
  const auto = node.string('auto_pad', 'NOTSET');
  if (auto !== 'NOTSET' && auto !== '' && auto !== 'VALID')
    return miss(`${node.label} pads by itself (${auto})`);
  const own =
    (auto === 'VALID' ? undefined : node.ints('pads')) ?? new Array<number>(2 * spatialRank).fill(0);
  if (pad.begins.length !== spatialRank || own.length !== 2 * spatialRank)
    return miss('the ranks do not fit');
  return [...pad.begins, ...pad.ends].map((amount, index) => amount + own[index]!);
}

/** The spatial rank of a Conv by its constant weight. */
export function spatialRankOf(conv: Node): number | undefined {
  const dims = constantOf(conv.inputs[1])?.dims ?? undefined;
  const rank = dims?.length ?? knownRank(conv.inputs[1]) ?? knownRank(conv.inputs[0]);
  return rank === undefined ? undefined : rank - 2;
}

/** The changed attributes of a node that takes over a Pad. */
export function padSettings(node: Node, pads: readonly number[]): Record<string, Attribute> {
  const explicit = node.attributes.has('auto_pad') ? { auto_pad: attribute.string('NOTSET') } : {};
  return { pads: attribute.ints(pads), ...explicit };
}
