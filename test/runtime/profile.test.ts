import { expect, test } from 'vitest';
import { parseProfile, profileModel } from '../../src/runtime/profile.js';
import { buildModel, randomTensor } from '../support/build.js';

test('each kernel is told with its calls and shapes', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[n,6]');
    const y = graph.node('MatMul', [x, graph.constant('w', randomTensor([6, 5]))], {}, { name: 'multiply' });
    graph.output(graph.node('Sin', [y], {}, { name: 'sine' }));
  });
  const kernels = await profileModel(model, new Map([['x', randomTensor([7, 6])]]), {
    runs: 3,
    optimization: 'disabled',
  });
  expect(kernels.map(({ nodeName, opType, provider }) => [nodeName, opType, provider])).toEqual([
    ['multiply', 'MatMul', 'CPUExecutionProvider'],
    ['sine', 'Sin', 'CPUExecutionProvider'],
  ]);
  expect(kernels[0]!.timesUs).toHaveLength(3);
  expect(kernels[0]!.timesUs.every((time) => time >= 0)).toBe(true);
  expect(kernels[0]!.inputShapes[0]).toEqual([7, 6]);
  expect(kernels[0]!.outputShapes).toEqual([[7, 5]]);
});

test('values that are no tensors do not disturb', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[2]');
    const list = graph.node('SequenceConstruct', [x, x], {}, { name: 'list' });
    graph.output(
      graph.node('ConcatFromSequence', [list], { axis: 0 }, { name: 'joined' }),
      'y',
      'float32[4]',
    );
  });
  const kernels = await profileModel(model, new Map([['x', randomTensor([2])]]), {
    optimization: 'disabled',
  });
  expect(kernels.map(({ nodeName }) => nodeName)).toEqual(['list', 'joined']);
  expect(kernels[1]!.outputShapes).toEqual([[4]]);
});

test('a profile that is cut off is an error of the environment', () => {
  expect(() => parseProfile('[{"cat":"No')).toThrow("the runtime's profile cannot be read");
});
