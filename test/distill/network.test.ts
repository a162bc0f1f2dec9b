import { describe, expect, it } from 'vitest';
import { Network } from '../../src/distill/network.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, randomTensor } from '../support/build.js';

const sample = new Map([['x', randomTensor([1, 3, 8, 8], 1)]]);
const batch = new Map([['x', randomTensor([6, 3, 8, 8], 2)]]);

/** Two convolutions; a sample's largest values are [4, 8, 8], 1 KiB. */
const model = () =>
  buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[1,3,8,8]');
    const first = graph.node('Conv', [x, graph.constant('v', randomTensor([4, 3, 1, 1], 3))]);
    const second = graph.node('Conv', [
      graph.node('Relu', [first]),
      graph.constant('w', randomTensor([2, 4, 1, 1], 4)),
    ]);
    graph.output(second, 'y', 'float32[1,2,8,8]');
  });

const open = (memory: number) => Network.open(model(), ['y'], sample, { batch: 6, threads: 1, memory });

describe('a network for batches', () => {
  it('runs as many samples together as memory allows, and gives the same', async () => {
    const whole = await open(Infinity);
    const tight = await open(8000);
    const none = await open(1);
    expect([whole.batch, none.batch]).toEqual([6, 1]);
    expect(tight.batch).toBeGreaterThan(1);
    expect(tight.batch).toBeLessThan(6);
    const [expected] = await whole.run(batch);
    expect(expected!.dims).toEqual([6, 2, 8, 8]);
    for (const network of [tight, none]) {
      const [found] = await network.run(batch);
      expect(found!.dims).toEqual(expected!.dims);
      const values = expected!.toFloat32();
      found!.toFloat32().forEach((value, i) => {
        expect(value).toBeCloseTo(values[i]!, 5);
      });
    }
    for (const network of [whole, tight, none]) await network.close();
  });

  it('writes over what it gave where it is asked again', async () => {
    const network = await open(Infinity);
    const [first] = await network.runAgain(batch);
    const before = first!.toFloat32().slice();
    const halves = new Map([
      [
        'x',
        Tensor.float32(
          [6, 3, 8, 8],
          batch
            .get('x')!
            .toFloat32()
            .map((v) => v / 2),
        ),
      ],
    ]);
    const [second] = await network.runAgain(halves);
    expect(second).toBe(first);
    second!.toFloat32().forEach((value, i) => {
      expect(value).toBeCloseTo(before[i]! / 2, 5);
    });
    // Fewer samples than a whole batch come in tensors of their own.
    const few = new Map([['x', randomTensor([2, 3, 8, 8], 5)]]);
    expect((await network.runAgain(few))[0]!.dims).toEqual([2, 2, 8, 8]);
    await network.close();
  });
});
