import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fuseModel } from '../../src/fuse/fuse.js';
import { loadModel } from '../../src/onnx/load.js';
import { writeModel } from '../../src/onnx/write-file.js';
import type { Pass } from '../../src/passes/pass.js';
import { buildModel, f32, operators } from '../support/build.js';

let passes: readonly Pass[] = [];
vi.mock('../../src/fuse/levels.js', () => ({ choosePasses: () => passes }));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-fuse-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Replaces the first operator by another one, once. */
function renaming(name: string, from: string, to: string, effect: Pass['effect']): Pass {
  return {
    name,
    summary: 'A pass of this test alone',
    effect,
    run(model) {
      for (const node of model.graph.nodes()) {
        if (!node.is(from)) continue;
        const output = node.outputs[0]!;
        const other = model.graph.addNode(to, node.inputs, { before: node });
        for (const use of output.uses) use.node.setInput(use.index, other.outputs[0]);
        model.graph.remove(node);
        return { changes: 1, skipped: [] };
      }
      return { changes: 0, skipped: [] };
    },
  };
}

async function files(): Promise<{ model: string; output: string }> {
  const model = join(folder, 'model.onnx');
  const built = buildModel(17, (g) => {
    const x = g.input('x', 'float32[batch,4]');
    const inner = g.node('Relu', [g.node('Abs', [g.node('Sinh', [x])])]);
    g.output(g.node('Add', [g.node('Cos', [inner]), g.constant('c', f32([], [1]))]), 'y', 'float32[batch,4]');
  });
  await writeModel(built, model);
  return { model, output: join(folder, 'out.onnx') };
}

describe('fuseModel', () => {
  it('finds the pass that changes outputs, leaves it out, names it, and keeps the others', async () => {
    passes = [
      // cosh(x) is no less than 1: |sinh(x)| is something else.
      renaming('wrong', 'Sinh', 'Cosh', 'exact'),
      // No number behind Abs is negative.
      renaming('right', 'Relu', 'Identity', 'exact'),
    ];
    const { model, output } = await files();
    const result = await fuseModel({ model, output });
    expect(result.undone.map(({ pass }) => pass)).toEqual(['wrong']);
    expect(result.warnings.join()).toContain('pass wrong changes what this model computes');
    expect(operators(await loadModel(output))).toEqual(['Sinh', 'Abs', 'Identity', 'Cos', 'Add']);
    expect(result.verified.outcome).toBe('equal');
  });

  it('allows rounding to a pass that says so, and not to one that says it is exact', async () => {
    for (const [effect, undone] of [
      ['reorders-floats', 0],
      ['exact', 1],
    ] as const) {
      passes = [
        {
          name: 'nudge',
          summary: 'A pass of this test alone',
          effect,
          run(model) {
            const constant = [...model.graph.constants()].find(
              (value) => value.constant.toNumbers()[0] === 1,
            );
            if (constant === undefined) return { changes: 0, skipped: [] };
            constant.constant = f32([], [1.00001]);
            return { changes: 1, skipped: [] };
          },
        },
      ];
      const { model, output } = await files();
      const result = await fuseModel({ model, output });
      expect(result.undone).toHaveLength(undone);
    }
  });

  it('says so where nothing was compared', async () => {
    passes = [renaming('wrong', 'Sinh', 'Cosh', 'exact')];
    const { model, output } = await files();
    const result = await fuseModel({ model, output, verify: false });
    expect(result.verified).toMatchObject({ outcome: 'not-checked', samples: 0 });
    expect(operators(await loadModel(output))).toContain('Cosh');
  });
});
