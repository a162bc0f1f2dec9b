import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniformClip } from '../../../src/passes/fuse/uniform-clip.js';
import { buildModel, f32, only, operators, randomTensor } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { check } from '../../support/passes.js';

interface Chain {
  bounds: readonly number[];
  ahead: boolean;
  behind: boolean;
  group: number;
  readers: number;
}

function model({ bounds, ahead, behind, group, readers }: Chain): ReturnType<typeof buildModel> {
  const channels = bounds.length;
  return buildModel(13, (g) => {
    let value = conv(g, g.input('x', 'float32[1,3,5,5]'), [channels, 3, 1, 1]);
    if (ahead) value = g.node('Relu', [value]);
    value = g.node(
      'Min',
      [value, g.constant('bounds', f32([1, channels, 1, 1], bounds))],
      {},
      { name: 'min' },
    );
    if (behind) value = g.node('Relu', [value]);
    for (let i = 0; i < readers; i++) {
      g.output(
        conv(g, value, [group * 2, channels / group, 3, 3], { group, pads: [1, 1, 1, 1] }),
        `y${i}`,
        'float32',
      );
    }
  });
}

describe('uniform-clip', () => {
  it('gives the same for any bounds, groups and readers, or stays away', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record<Chain>({
          bounds: fc.array(fc.constantFrom(0, 0.1, 0.5, 1, 2), { minLength: 4, maxLength: 4 }),
          ahead: fc.boolean(),
          behind: fc.boolean(),
          group: fc.constantFrom(1, 2, 4),
          readers: fc.integer({ min: 1, max: 2 }),
        }),
        async (chain) => {
          await check(model(chain), uniformClip);
        },
      ),
      { numRuns: 60, seed: 2 },
    );
  });

  it('leaves one Clip between the two Conv, with the highest bound', async () => {
    const built = model({ bounds: [1, 2, 0.5, 0], ahead: true, behind: true, group: 1, readers: 1 });
    await check(built, uniformClip);
    expect(operators(built)).toEqual(['Conv', 'Clip', 'Conv']);
    expect(
      only(built, 'Clip')
        .inputs.slice(1)
        .map((value) => value!.constant!.toNumbers()[0]),
    ).toEqual([0, 2]);
  });

  it.each<[string, readonly number[], RegExp]>([
    ['a bound below zero', [1, -1, 1, 2], /negative/],
    ['nothing but zeros', [0, 0, 0, 0], /./],
  ])('leaves %s', async (_, bounds) => {
    const report = await check(
      model({ bounds, ahead: true, behind: false, group: 1, readers: 1 }),
      uniformClip,
    );
    expect(report.changes).toBe(0);
  });

  it('leaves a value that something else than a Conv reads', async () => {
    const built = model({ bounds: [1, 2, 3, 4], ahead: true, behind: false, group: 1, readers: 1 });
    built.graph.addOutput(
      built.graph.addNode('Neg', [built.graph.get('min_out')], { outputName: 'z' }).outputs[0]!,
    );
    const report = await check(built, uniformClip);
    expect(report.passes[0]!.skipped[0]!.why).toMatch(/is no Conv with constant weights/);
  });

  it('leaves weights that are shared with another Conv as they are for that one', async () => {
    const built = model({ bounds: [1, 2, 3, 4], ahead: true, behind: false, group: 1, readers: 1 });
    const weight = [...built.graph.nodes()].at(-1)!.inputs[1]!;
    const other = built.graph.addNode(
      'Conv',
      [built.graph.addConstant('fixed', randomTensor([1, 4, 5, 5])), weight],
      { outputName: 'z' },
    );
    built.graph.addOutput(other.outputs[0]!);
    expect((await check(built, uniformClip)).changes).toBe(1);
  });
});
