import { describe, expect, it } from 'vitest';
import { patternCounts } from '../../src/prune/file-facts.js';
import { layersOf, matrixOf, setMatrix } from '../../src/prune/layer.js';
import { groupsOfColumns, largestOfGroups, misfit, patternNamed } from '../../src/prune/magnitude/pattern.js';
import { sparsityOf } from '../../src/prune/sparsity.js';
import { buildModel, randomTensor } from '../support/build.js';

const model = () =>
  buildModel(13, (g) => {
    const x = g.input('x', 'float32[1,8,6,6]');
    const conv = g.node('Conv', [x, g.constant('w', randomTensor([4, 8, 3, 3], 1))]);
    const up = g.node('ConvTranspose', [conv, g.constant('u', randomTensor([4, 2, 2, 2], 2))]);
    const flat = g.node('Flatten', [up]);
    const dense = g.node('MatMul', [flat, g.constant('m', randomTensor([128, 6], 3))]);
    g.output(g.node('Gemm', [dense, g.constant('h', randomTensor([5, 6], 4))], { transB: 1 }), 'y');
  });

describe('layers', () => {
  it('give weights as rows of inputs and take them back', () => {
    const own = model();
    for (const layer of layersOf(own)) {
      const before = layer.value.constant.toFloat32().slice();
      const matrix = matrixOf(layer);
      expect(matrix).toHaveLength(layer.groups * layer.rows * layer.inputs);
      setMatrix(layer, matrix);
      expect(layer.value.constant.toFloat32()).toEqual(before);
    }
    const [, , dense] = layersOf(own);
    // MatMul weights are [inputs, outputs].
    expect(matrixOf(dense!)[1]).toBe(dense!.value.constant.toFloat32()[6]);
  });
});

describe('patterns', () => {
  it.each(['2:4', '1:4', '3:8'])('%s holds in the tensors, along the axis that is summed over', (name) => {
    const pattern = patternNamed(name)!;
    const own = model();
    const layers = layersOf(own);
    const fitting = layers.filter((layer) => misfit(layer, pattern) === undefined);
    expect(patternCounts(own, pattern)).toEqual({ eligible: fitting.length, holding: 0 });
    for (const layer of fitting) {
      const weights = matrixOf(layer);
      const mask = largestOfGroups(weights, layer, pattern);
      setMatrix(
        layer,
        weights.map((weight, i) => (mask[i] === 0 ? 0 : weight)),
      );
      const kept = mask.reduce((sum, one) => sum + one, 0);
      expect(kept / mask.length).toBe(pattern.kept / pattern.of);
    }
    expect(patternCounts(own, pattern)).toEqual({ eligible: fitting.length, holding: fitting.length });
    if (name === '2:4') expect(sparsityOf(own).pattern['2:4']).toBe(true);
  });

  it('groups neighbours along the channels, place by place of the kernel', () => {
    const [conv] = layersOf(model());
    const groups = groupsOfColumns(conv!, { kept: 2, of: 4 });
    expect([groups[0], groups[9], groups[27], groups[36], groups[1]]).toEqual([0, 0, 0, 9, 1]);
  });

  it.each(['4:4', '0:4', '2:64'])('refuses %s', (name) => {
    expect(() => patternNamed(name)).toThrow(name);
  });
});
