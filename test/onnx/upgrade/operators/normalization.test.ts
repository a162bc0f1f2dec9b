import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectUnchanged, floats, oneNode, run, feedsOf, expectSame, type OneNode } from '../models.js';

const { int, float } = attribute;
const positive = (...dims: number[]): Tensor =>
  Tensor.float32(
    dims,
    Array.from(floats(...dims).toFloat32(), (value) => Math.abs(value) + 0.5),
  );

describe('BatchNormalization', () => {
  const statistics = (...dims: number[]): Tensor[] => [
    floats(...dims),
    floats(...dims),
    floats(...dims),
    positive(...dims),
  ];

  it('keeps statistics of single elements (spatial = 0)', async () => {
    const inputs = [floats(2, 3, 2, 2), ...statistics(3, 2, 2)];
    await expectUnchanged({
      opset: 7,
      operator: 'BatchNormalization',
      attributes: { spatial: int(0) },
      inputs,
    });
  });

  it('stays as it is where it is spatial', async () => {
    const inputs = [floats(2, 3, 2, 2), ...statistics(3)];
    await expectUnchanged({
      opset: 7,
      operator: 'BatchNormalization',
      attributes: { epsilon: float(0.01) },
      inputs,
    });
  });

  it('drops statistics that nothing reads, and refuses where one is read', () => {
    const node: OneNode = {
      opset: 9,
      operator: 'BatchNormalization',
      inputs: [floats(1, 2), ...statistics(2)],
      outputs: 5,
    };
    expect(() => upgradeOpset(oneNode(node), 14)).toThrow(
      /opset 13 to 14: it computes statistics for training/,
    );
    const model = oneNode(node);
    while (model.graph.outputs.length > 1) model.graph.removeOutput(1);
    upgradeOpset(model, 14);
    expect([...model.graph.nodes()][0]?.outputs.length).toBe(1);
  });
});

describe('GroupNormalization', () => {
  it('gives every channel its group scale and bias', async () => {
    // The runtime has it through its function body, at its own opset as well.
    const inputs = [floats(2, 6, 2, 2), floats(3), floats(3)];
    await expectUnchanged({
      opset: 18,
      operator: 'GroupNormalization',
      attributes: { num_groups: int(3) },
      inputs,
    });
  });
});

describe('LayerNormalization', () => {
  const node = (scale: Tensor): OneNode => ({
    opset: 11,
    operator: 'LayerNormalization',
    inputs: [floats(2, 8), scale, floats(8)],
  });

  it('becomes the standard one where the runtime had it before', async () => {
    await expectUnchanged(node(floats(8)));
  });

  it('is refused where its types differ', () => {
    const double = Tensor.of('float64', [8], new Float64Array(8));
    expect(() => upgradeOpset(oneNode(node(double)), 17)).toThrow(/data is float32 and its scale float64/);
  });
});

describe('Dropout', () => {
  it('is refused where it drops at random, or where its mask is read', () => {
    expect(() => upgradeOpset(oneNode({ opset: 6, operator: 'Dropout', inputs: [floats(4)] }), 13)).toThrow(
      /is_test is 0/,
    );
    const masked: OneNode = { opset: 10, operator: 'Dropout', inputs: [floats(4)], outputs: 2 };
    expect(() => upgradeOpset(oneNode(masked), 13)).toThrow(/its mask is read/);
  });

  it('loses a mask that nothing reads', async () => {
    const node: OneNode = { opset: 7, operator: 'Dropout', inputs: [floats(4)], outputs: 2 };
    const build = () => {
      const model = oneNode(node);
      model.graph.removeOutput(1);
      return model;
    };
    await expectSame(build, feedsOf(node), await run(build(), feedsOf(node)));
  });
});
