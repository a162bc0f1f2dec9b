import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectNumbers, oneNode, upgradedOperators } from '../models.js';

const { ints, int, float, string } = attribute;
const square = Tensor.float32([2, 2], [-1, 2, -3, 4]);

/** The runtime does not run these opsets; the numbers are computed by hand. */
describe('operators of opsets 1 to 6', () => {
  it('Pad: paddings are begins, then ends', async () => {
    const attributes = { paddings: ints([0, 1, 0, 0]), value: float(9) };
    await expectNumbers({ opset: 1, operator: 'Pad', attributes, inputs: [square] }, [9, -1, 2, 9, -3, 4]);
  });

  it('Concat: axis is 1 where it is left out', async () => {
    await expectNumbers(
      { opset: 1, operator: 'Concat', inputs: [square, square] },
      [-1, 2, -1, 2, -3, 4, -3, 4],
    );
  });

  it('Reshape: the shape is an attribute', async () => {
    const attributes = { shape: ints([-1]), consumed_inputs: ints([0]) };
    await expectNumbers({ opset: 1, operator: 'Reshape', attributes, inputs: [square] }, [-1, 2, -3, 4]);
  });

  it('Split: the lengths are an input', async () => {
    const lengths = { constant: Tensor.float32([2], [1, 1]) };
    const node = {
      opset: 1,
      operator: 'Split',
      attributes: { axis: int(1) },
      inputs: [square, lengths],
      outputs: 2,
    };
    await expectNumbers(node, [-1, -3], [2, 4]);
  });

  it('Relu: consumed_inputs goes away', async () => {
    const attributes = { consumed_inputs: ints([0]) };
    await expectNumbers({ opset: 1, operator: 'Relu', attributes, inputs: [square] }, [0, 2, 0, 4]);
  });

  it('Clip: an open side stays open', async () => {
    const attributes = { min: float(-1.5), consumed_inputs: ints([0]) };
    await expectNumbers({ opset: 1, operator: 'Clip', attributes, inputs: [square] }, [-1, 2, -1.5, 4]);
  });

  it('Selu: the short constants stay', async () => {
    const of = (x: number): number => (x > 0 ? 1.0507 * x : 1.0507 * 1.6732 * (Math.exp(x) - 1));
    await expectNumbers({ opset: 1, operator: 'Selu', inputs: [square] }, [-1, 2, -3, 4].map(of));
  });

  it('Cast: the type is a name', async () => {
    const numbers = Tensor.float32([3], [1.75, -2.5, 0]);
    await expectNumbers(
      { opset: 1, operator: 'Cast', attributes: { to: string('INT32') }, inputs: [numbers] },
      [1, -2, 0],
    );
  });

  it('Tile: along one axis', async () => {
    const [tiles, axis] = [2, 1].map((number) => ({ constant: Tensor.float32([], [number]) }));
    const node = { opset: 1, operator: 'Tile', inputs: [square, tiles, axis] };
    await expectNumbers(node, [-1, 2, -1, 2, -3, 4, -3, 4]);
  });

  it('Gemm: broadcast goes away', async () => {
    const eye = Tensor.float32([2, 2], [1, 0, 0, 1]);
    const bias = Tensor.float32([2], [10, 20]);
    const node = {
      opset: 6,
      operator: 'Gemm',
      attributes: { broadcast: int(1) },
      inputs: [square, eye, bias],
    };
    await expectNumbers(node, [9, 22, 7, 24]);
  });

  it('GlobalLpPool: p is an integer, or cannot be carried', async () => {
    const image = Tensor.float32([1, 1, 2, 2], [1, -2, 3, -4]);
    const node = { opset: 1, operator: 'GlobalLpPool', inputs: [image], runsUpTo: 21 };
    await expectNumbers({ ...node, attributes: { p: float(1) } }, [10]);
    expect(() => upgradeOpset(oneNode({ ...node, attributes: { p: float(1.5) } }), 13)).toThrow(/power 1.5/);
  });

  it('Upsample: two scales and bilinear', async () => {
    const image = Tensor.float32([1, 1, 1, 2], [1, 3]);
    const attributes = { height_scale: float(1), width_scale: float(2), mode: string('bilinear') };
    // Coordinates are i / 2: 0, 0.5, 1, and the last one is held at the edge.
    await expectNumbers({ opset: 1, operator: 'Upsample', attributes, inputs: [image] }, [1, 2, 3, 3]);
  });

  it('PRelu: a slope a channel', async () => {
    const image = Tensor.float32([1, 2, 1, 2], [-1, 2, -3, -4]);
    const slope = Tensor.float32([2], [0.5, 0.25]);
    for (const inputs of [
      [image, slope],
      [image, { constant: slope }],
    ]) {
      await expectNumbers({ opset: 6, operator: 'PRelu', inputs }, [-0.5, 2, -0.75, -1]);
    }
    const open = {
      opset: 6,
      operator: 'PRelu',
      inputs: [image, { constant: slope }],
      dims: 'unknown rank' as const,
    };
    await expectNumbers(open, [-0.5, 2, -0.75, -1]);
    const shared = { constant: Tensor.float32([1], [0.5]) };
    await expectNumbers({ opset: 6, operator: 'PRelu', inputs: [image, shared] }, [-0.5, 2, -1.5, -2]);
    expect(upgradedOperators({ opset: 6, operator: 'PRelu', inputs: [image, shared] }, 7)).toEqual(['PRelu']);
  });
});
