import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../src/index.js';
import { root } from '../cli/run-cli.js';

const fixture = (name: string) => join(root, 'fixtures', name);

describe('inspect', () => {
  it('counts what a convolutional network is made of, and what it would become', async () => {
    const { nodes, operators, inputs, macs, parameters, what_if, warnings } = await inspect({
      model: fixture('glyphs-resnet.onnx'),
      target: 'x86',
    });
    expect(Object.values(operators).reduce((sum, count) => sum + count, 0)).toBe(nodes);
    expect(inputs).toHaveLength(1);
    expect(warnings).toEqual([]);
    // Every weight of a convolution is used at least once, and none is smaller than a byte.
    expect(macs).toBeGreaterThan(parameters);
    expect(what_if).not.toBeNull();
  });

  it('refuses what is no model, by name', async () => {
    await expect(inspect({ model: fixture('glyphs-resnet.yaml') })).rejects.toMatchObject({ code: 'model' });
  });

  it('refuses a target that does not exist', async () => {
    const asked = inspect({ model: fixture('glyphs-resnet.onnx'), target: 'z80' });
    await expect(asked).rejects.toMatchObject({ code: 'usage' });
  });
});
