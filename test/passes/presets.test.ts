import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/ir/model.js';
import { readModel } from '../../src/onnx/read.js';
import { runPasses } from '../../src/passes/pipeline.js';
import { allPasses, fusePasses, preparePasses, simplifyPasses } from '../../src/passes/presets.js';
import { buildModel } from '../support/build.js';
import { batchNorm, conv } from '../support/layers.js';
import { check, declaredTypesContext } from '../support/passes.js';

describe('presets', () => {
  it('name every pass once, in kebab-case, with a summary of one line', () => {
    const names = allPasses.map((pass) => pass.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, summary } of allPasses) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(summary).toMatch(/^[A-Z].{10,110}[^.]$/);
    }
    expect(new Set(preparePasses)).toEqual(new Set([...simplifyPasses, ...fusePasses]));
  });

  it('hold only exact passes among the simplifications', () => {
    expect(simplifyPasses.filter((pass) => pass.effect !== 'exact')).toEqual([]);
  });

  it('take a deep graph as they take a small one', async () => {
    const model = deep(1000);
    const report = await runPasses(model, preparePasses, declaredTypesContext(model));
    expect(report.nodesAfter).toBe(3 * 1000);
  });
});

/** Blocks of Conv, BatchNormalization, Relu, Identity and Add. */
function deep(blocks: number): Model {
  return buildModel(13, (g) => {
    let value = g.input('x', 'float32[1,2,4,4]');
    for (let i = 0; i < blocks; i++) {
      const branch = g.node('Relu', [batchNorm(g, conv(g, value, [2, 2, 1, 1]), 2)]);
      value = g.node('Identity', [g.node('Add', [branch, value])]);
    }
    g.output(g.node('Identity', [value]), 'y', 'float32[1,2,4,4]');
  });
}

const models = resolve(import.meta.dirname, '../../../shared/real/models');

describe.skipIf(!existsSync(models))('real models (skipped without ../shared/real)', () => {
  it.each<[string, Record<string, number>]>([
    ['resnet20-cifar10', { BatchNormalization: 0, Conv: 21 }],
    ['mobilenetv2', { Pad: 0, Min: 0, Clip: 35, MatMul: 0, Gemm: 1 }],
    ['squeezenet1.1', { Dropout: 0 }],
    ['ultraface-rfb-320', { Constant: 0, BatchNormalization: 0, Identity: 0 }],
    ['vit-cifar10', { Constant: 0 }],
  ])('%s keeps its outputs', async (name, expected) => {
    const model = await readModel(`${models}/${name}.onnx`);
    await check(model, preparePasses, { tolerance: 1e-4 });
    const counts: Record<string, number> = {};
    for (const node of model.graph.nodes()) counts[node.opType] = (counts[node.opType] ?? 0) + 1;
    for (const [operator, count] of Object.entries(expected))
      expect([operator, counts[operator] ?? 0]).toEqual([operator, count]);
  });
});
