import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { parallelHeads } from '../../../src/passes/fuse/parallel-heads.js';
import { buildModel, i64, operators, randomTensor } from '../../support/build.js';
import { check } from '../../support/passes.js';

interface Form {
  readonly opset?: number;
  /** Kernel of the heads that read different inputs. */
  readonly kernel?: number;
  /** Anchors of the second kind of head at the second scale. */
  readonly anchors?: number;
  /** Reads the first Concat before the second is there. */
  readonly early?: boolean;
}

/** Two scales, classes (2) and boxes (4): at the first both heads read one value, at the second each its own. */
function detector({ opset = 13, kernel = 1, anchors = 2, early = false }: Form): Model {
  return buildModel(opset, (g) => {
    const head = (x: Value, size: number, channels: number, columns: number, seed: number): Value => {
      const weight = g.constant(g.graph.names.fresh('w'), randomTensor([channels, 3, size, size], seed));
      const bias = g.constant(g.graph.names.fresh('b'), randomTensor([channels], seed + 1));
      const pad = (size - 1) / 2;
      const conv = g.node('Conv', [x, weight, bias], {
        pads: [pad, pad, pad, pad],
        kernel_shape: [size, size],
      });
      const turned = g.node('Transpose', [conv], { perm: [0, 2, 3, 1] });
      return g.node('Reshape', [turned, g.constant(g.graph.names.fresh('to'), i64(1, -1, columns))]);
    };
    const large = g.input('large', 'float32[1,3,4,6]');
    const small = g.node('Relu', [g.input('small', 'float32[1,3,2,3]')]);
    const other = g.node('Sigmoid', [small]);
    const classes = g.node('Concat', [head(large, 3, 6, 2, 3), head(small, kernel, 4, 2, 5)], { axis: 1 });
    if (early) g.output(g.node('Abs', [classes]), 'sizes');
    const boxes = g.node('Concat', [head(large, 3, 12, 4, 7), head(other, kernel, 4 * anchors, 4, 9)], {
      axis: 1,
    });
    g.output(g.node('Softmax', [classes], { axis: 2 }), 'scores');
    g.output(boxes, 'boxes');
  });
}

describe('parallel-heads', () => {
  it.each([11, 13])('are one Conv at each scale (opset %i)', async (opset) => {
    const model = detector({ opset });
    await check(model, parallelHeads);
    const found = operators(model);
    expect(found.filter((one) => one === 'Conv')).toHaveLength(2);
    expect(found.filter((one) => one === 'Transpose')).toHaveLength(2);
    // One joins what the heads of the second scale read, one the scales.
    expect(found.filter((one) => one === 'Concat')).toHaveLength(2);
    expect(found.filter((one) => one === 'Split')).toHaveLength(1);
  });

  it.each<[Form, string | undefined]>([
    [{ kernel: 3 }, 'the two Convs read different inputs'],
    [{ anchors: 1 }, 'the two have other numbers of anchors'],
    [{ early: true }, undefined],
  ])('are left alone: %j', async (form, why) => {
    const report = await check(detector(form), parallelHeads);
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual(why === undefined ? [] : [why]);
  });
});
