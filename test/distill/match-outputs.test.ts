import { describe, expect, it } from 'vitest';
import { matchOutputs } from '../../src/distill/match-outputs.js';
import { parametersOf } from '../../src/distill/parameters.js';
import { drawWeights } from '../../src/distill/random-weights.js';
import { buildModel, randomTensor } from '../support/build.js';

const model = (...last: string[]) =>
  buildModel(13, (g) => {
    const x = g.input('x', 'float32[1,6]');
    let value = g.node('Gemm', [
      x,
      g.constant('w', randomTensor([6, 64], 1)),
      g.constant('b', randomTensor([64], 2)),
    ]);
    value = g.node('Relu', [value]);
    value = g.node('MatMul', [value, g.constant('v', randomTensor([64, 4], 3))], {}, { name: 'scores' });
    for (const operator of last) value = g.node(operator, [value], operator === 'Relu' ? {} : { axis: -1 });
    g.output(value, 'y', 'float32[1,4]');
  });

describe('outputs of student and teacher', () => {
  it.each([
    [[], 'y'],
    [['Softmax'], 'scores_out'],
    [['Relu', 'LogSoftmax'], 'scores_out'],
  ])('%o at the end: compared at %s', (last, value) => {
    const [pair] = matchOutputs(model(...last), model('Softmax'));
    expect(pair).toMatchObject({ scores: true, student: { name: value }, teacher: { name: 'scores_out' } });
  });

  it('are compared as numbers where they score nothing', () => {
    const plain = () =>
      buildModel(13, (g) =>
        g.output(g.node('Relu', [g.input('x', 'float32[1,3,4]')]), 'y', 'float32[1,3,4]'),
      );
    expect(matchOutputs(plain(), plain())).toMatchObject([{ scores: false }]);
  });
});

describe('a random start', () => {
  it('has the deviations of He, open rectifiers and small scores', () => {
    const drawn = model();
    drawWeights(parametersOf(drawn), 1);
    const deviation = (name: string) => {
      const values = drawn.graph.get(name)!.constant!.toFloat32();
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    };
    expect(deviation('w')).toBeCloseTo(Math.sqrt(2 / 6), 1);
    expect(deviation('v')).toBeCloseTo(0.1 * Math.sqrt(2 / 64), 2);
    expect(new Set(drawn.graph.get('b')!.constant!.toFloat32())).toEqual(new Set([Math.fround(0.1)]));
  });
});
