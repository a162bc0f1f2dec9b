import { Tensor } from '../../tensor/tensor.js';
import { attribute } from '../../ir/attribute.js';
import { fusion } from '../fusion.js';
import { soleProducer } from '../match.js';
import { plainSlice, type Cut } from './plain-slice.js';

/** Exporters cut one axis at a time; a Slice can cut them all. */
export const sliceSlice = fusion({
  name: 'slice-slice',
  summary: 'Makes one Slice of two that follow each other',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Slice',
  match(outer, { opset, facts }) {
    const inner = soleProducer(outer.inputs[0], 'Slice');
    const input = inner?.inputs[0];
    const rank = facts.dimsOf(input)?.length ?? facts.dimsOf(outer.inputs[0])?.length;
    if (inner === undefined || input === undefined || rank === undefined) return undefined;
    const first = plainSlice(inner, opset, rank);
    const second = plainSlice(outer, opset, rank);
    if (first === undefined || second === undefined) return undefined;
    const cuts = [...first];
    for (const cut of second) {
      const at = cuts.findIndex(({ axis }) => axis === cut.axis);
      if (at < 0) cuts.push(cut);
      else cuts[at] = within(cuts[at]!, cut);
    }
    return { input, output: outer.outputs[0]!, name: outer.name, cuts };
  },
  rewrite({ input, output, name, cuts }, edit, { opset }) {
    const lists = {
      starts: cuts.map(({ start }) => start),
      ends: cuts.map(({ end }) => end),
      axes: cuts.map(({ axis }) => axis),
    };
    const slice =
      opset < 10
        ? edit.node('Slice', [input], {
            name,
            attributes: Object.entries(lists).map(([key, list]) => [key, attribute.ints(list.map(bounded))]),
          })
        : edit.node(
            'Slice',
            [
              input,
              ...Object.entries(lists).map(([key, list]) =>
                edit.constant(`${output.name}_${key}`, Tensor.int64([list.length], list.map(bounded))),
              ),
            ],
            { name },
          );
    slice.outputs[0]!.type = output.type;
    edit.replace(output, slice.outputs[0]!);
  },
});

/** A cut of what a cut has left. */
function within(first: Cut, second: Cut): Cut {
  const start = first.start + second.start;
  return { axis: first.axis, start, end: Math.max(Math.min(first.end, first.start + second.end), start) };
}

/** The end is said with a number that every runtime reads as the end. */
function bounded(bound: number): number {
  return Math.min(bound, 2 ** 31 - 1 + 2 ** 32);
}
