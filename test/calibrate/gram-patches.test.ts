import { describe, expect, it } from 'vitest';
import { patches, patchTable, windowOf } from '../../src/calibrate/gram-patches.js';
import { elementCount } from '../../src/tensor/tensor.js';
import { buildModel, only, randomTensor, type Setting } from '../support/build.js';
import { outputsOf } from '../support/passes.js';

const cases: [string, number[], number[], Record<string, Setting>][] = [
  ['strides and uneven pads', [1, 4, 9, 8], [3, 4, 3, 2], { strides: [2, 1], pads: [1, 0, 2, 1] }],
  ['dilations', [1, 2, 11, 10], [4, 2, 3, 3], { dilations: [2, 3], pads: [2, 2, 2, 2] }],
  ['groups', [1, 6, 5, 5], [4, 3, 3, 3], { group: 2 }],
  [
    'the same size, more padding at the end',
    [1, 2, 7, 6],
    [3, 2, 2, 3],
    { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  ],
  [
    'the same size, more padding in front',
    [1, 2, 7, 6],
    [3, 2, 2, 3],
    { auto_pad: 'SAME_LOWER', strides: [2, 2] },
  ],
  ['no padding', [1, 2, 7, 6], [3, 2, 3, 3], { auto_pad: 'VALID', strides: [2, 1] }],
  ['one axis', [1, 3, 12], [2, 3, 5], { pads: [2, 1] }],
  ['three axes', [1, 2, 4, 5, 6], [2, 2, 2, 3, 1], { pads: [0, 1, 0, 1, 0, 0] }],
];

describe('patches', () => {
  it.each(cases)('times weights are what Conv gives: %s', async (_, dims, weightDims, settings) => {
    const weight = randomTensor(weightDims, 3);
    const model = buildModel(13, (g) => {
      const x = g.input('x', `float32[${dims.join(',')}]`);
      g.output(g.node('Conv', [x, g.constant('w', weight)], settings), 'y');
    });
    const input = randomTensor(dims, 4);
    const expected = (await outputsOf(model, new Map([['x', input]]))).get('y')!.toFloat32();
    const spatial = dims.slice(2);
    const table = patchTable(windowOf(only(model, 'Conv'), weightDims), spatial);
    const groups = (settings.group as number | undefined) ?? 1;
    const [outputs, channels] = [weightDims[0]! / groups, weightDims[1]!];
    const columns = channels * table.taps;
    const w = weight.toFloat32();
    for (let group = 0; group < groups; group++) {
      const matrix = patches(
        table,
        input.toFloat32(),
        elementCount(spatial),
        { channel: group * channels, channels },
        { first: 0, step: 1 },
      );
      expect(matrix).toHaveLength(table.places * columns);
      for (let output = group * outputs; output < (group + 1) * outputs; output++) {
        for (let place = 0; place < table.places; place++) {
          let sum = 0;
          for (let i = 0; i < columns; i++) sum += w[output * columns + i]! * matrix[place * columns + i]!;
          expect(sum).toBeCloseTo(expected[output * table.places + place]!, 4);
        }
      }
    }
  });
});
