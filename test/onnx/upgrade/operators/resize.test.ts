import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectUnchanged, floats, oneNode, upgradedOperators, type OneNode } from '../models.js';

const image = floats(1, 2, 6, 7);
const resize = (scales: readonly number[], kind: 'constant' | 'input', mode?: string): OneNode => {
  const tensor = Tensor.float32([4], scales);
  return {
    opset: 10,
    operator: 'Resize',
    attributes: mode === undefined ? {} : { mode: attribute.string(mode) },
    inputs: [image, kind === 'constant' ? { constant: tensor } : tensor],
  };
};

describe('resizeCoordinates', () => {
  it.each([
    ['growing', [1, 1, 2, 2.5]],
    ['shrinking', [1, 1, 0.5, 0.7]],
    ['growing one way and shrinking the other', [1, 1, 1.6, 0.6]],
  ])('keeps nearest when %s', async (_how, scales) => {
    await expectUnchanged(resize(scales, 'constant'));
    await expectUnchanged(resize(scales, 'input'));
  });

  it('keeps linear', async () => {
    await expectUnchanged(resize([1, 1, 2, 2.5], 'constant', 'linear'));
    await expectUnchanged(resize([1, 1, 0.5, 0.7], 'input', 'linear'));
  });

  it('needs two nodes only where both roundings do', () => {
    expect(upgradedOperators(resize([1, 1, 2, 2], 'constant'), 26)).toEqual(['Resize']);
    expect(upgradedOperators(resize([1, 1, 2, 0.5], 'constant'), 26)).toEqual(['Resize', 'Resize']);
    const upsample: OneNode = { ...resize([1, 1, 2, 2], 'input'), opset: 9, operator: 'Upsample' };
    expect(upgradedOperators(upsample, 26)).toEqual(['Resize']);
  });

  it('keeps Upsample with computed scales', async () => {
    await expectUnchanged({ ...resize([1, 1, 2, 3], 'input'), opset: 9, operator: 'Upsample' });
    await expectUnchanged({ ...resize([1, 1, 2, 3], 'input', 'linear'), opset: 9, operator: 'Upsample' });
  });
});

describe('resizeWithoutRoi', () => {
  const none = { constant: Tensor.float32([0], []) };
  const scales = { constant: Tensor.float32([4], [1, 1, 2, 3]) };
  const node = (nearest: string): OneNode => ({
    opset: 11,
    operator: 'Resize',
    attributes: {
      coordinate_transformation_mode: attribute.string('tf_half_pixel_for_nn'),
      nearest_mode: attribute.string(nearest),
    },
    inputs: [image, none, scales],
  });

  it('says the mode that went away in another way', async () => {
    await expectUnchanged(node('floor'));
  });

  it('refuses it with another rounding', () => {
    expect(() => upgradeOpset(oneNode(node('ceil')), 13)).toThrow(/tf_half_pixel_for_nn/);
  });
});
