import { describe, expect, it } from 'vitest';
import { modes } from '../../src/quantize/modes/list.js';
import { weightShares } from '../../src/quantize/modes/weight-shares.js';
import { chooseTarget } from '../../src/quantize/targets/choose.js';
import { targets } from '../../src/quantize/targets/list.js';
import type { Model } from '../../src/ir/model.js';
import { readModel } from '../../src/onnx/read.js';
import { buildModel, randomTensor } from '../support/build.js';

const suggested = (model: Model): string[] =>
  modes.filter((mode) => mode.suggests(model)).map(({ name }) => name);

describe('what auto tries', () => {
  it.each([
    ['glyphs-resnet', ['static']],
    ['shapes-depthwise', ['static']],
    ['boxes-detector', ['static']],
    ['tokens-transformer', ['dynamic']],
  ])('for %s is %j', async (name, expected) => {
    const model = await readModel(new URL(`../../fixtures/${name}.onnx`, import.meta.url).pathname);
    expect(suggested(model)).toEqual(expect.arrayContaining(expected));
  });

  it('goes by where the weights are, as constants or Constant nodes', () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[1,4,8,8]');
      const w = g.node('Constant', [], { value: randomTensor([6, 4, 1, 1]) });
      const flat = g.node('Flatten', [g.node('Conv', [x, w])]);
      g.output(g.node('Gemm', [flat, g.constant('dense', randomTensor([384, 10]))]), 'y');
    });
    expect(weightShares(model)).toEqual({ conv: 24 / 3864, dense: 3840 / 3864, attention: false });
  });

  it('is nothing for a model without weights', () => {
    const model = buildModel(17, (g) => g.output(g.node('Relu', [g.input('x', 'float32[2]')]), 'y'));
    expect(weightShares(model)).toEqual({ conv: 0, dense: 0, attention: false });
    expect(suggested(model)).toEqual([]);
  });
});

describe('targets', () => {
  it('are found by name', async () => {
    for (const target of targets) expect((await chooseTarget(target.name)).target).toBe(target);
    await expect(chooseTarget('z80')).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('x86') as string,
    });
  });

  it('have names and summaries, each its own', () => {
    for (const list of [targets, modes]) {
      expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
      for (const { summary } of list) expect(summary.length).toBeGreaterThan(10);
    }
  });

  it.runIf(process.arch === 'x64')('have one that is this machine', async () => {
    const chosen = await chooseTarget('auto');
    expect(chosen.isThisMachine).toBe(true);
    expect((await chooseTarget(chosen.target.name)).isThisMachine).toBe(true);
  });
});
