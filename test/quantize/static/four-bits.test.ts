import { describe, expect, it } from 'vitest';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { buildModel, randomTensor } from '../../support/build.js';
import { makeArtifact, type Request } from '../artifact.js';

function artifactOf(request: Request) {
  const model = buildModel(17, (g) => {
    const x = g.input('x', 'float32[1,16,12,12]');
    const conv = g.node('Conv', [
      x,
      g.constant('w', randomTensor([33, 16, 3, 3], 3, 0.3)),
      g.constant('b', randomTensor([33], 4, 0.3)),
    ]);
    const mean = g.node('Flatten', [g.node('GlobalAveragePool', [g.node('Relu', [conv])])]);
    const gemm = g.node('Gemm', [mean, g.constant('v', randomTensor([33, 31], 5, 0.3))]);
    g.output(gemm, 'y', 'float32');
  });
  return makeArtifact(model, staticMode, request);
}

describe('weights of 4 bits in static mode', () => {
  it.each(['qdq', 'qoperator'] as const)('run in the integer kernels of 8 bits, as %s', async (format) => {
    const { kernels, model, sqnr, report } = await artifactOf({ bits: 4, format });
    expect(kernels).toMatchObject({ integer: 2, float: 0, integer_share_of_macs: 1 });
    expect(report.changed).toBe(2);
    expect(sqnr).toBeGreaterThan(12);
    const constants = [...model.graph.constants()].map(({ constant }) => constant);
    const small = constants.filter(({ dtype }) => dtype === 'int4').map(({ dims }) => dims);
    expect(small).toEqual([
      [33, 16, 3, 3],
      [33, 31],
    ]);
    // An odd number of them as well: two in a byte.
    const bytes = constants.reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThan((33 * 16 * 9 + 33 * 31) / 2 + 1200);
  });

  it('leave 8 to the smallest layers, which together hold a twentieth', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[1,16,12,12]');
      const depthwise = g.node('Conv', [x, g.constant('d', randomTensor([16, 1, 3, 3], 3, 0.3))], {
        group: 16,
      });
      g.output(
        g.node('Conv', [depthwise, g.constant('w', randomTensor([33, 16, 3, 3], 4, 0.3))]),
        'y',
        'float32',
      );
    });
    const artifact = await makeArtifact(model, staticMode, { bits: 4 });
    const small = [...artifact.model.graph.constants()].map(({ constant }) => constant);
    expect(small.filter(({ dtype }) => dtype === 'int4').map(({ dims }) => dims)).toEqual([[33, 16, 3, 3]]);
    expect(artifact.kernels).toMatchObject({ integer: 2, float: 0 });
  });

  it('are farther from the original than 8 bits', async () => {
    const [four, eight] = [await artifactOf({ bits: 4 }), await artifactOf({ bits: 8 })];
    expect(eight.sqnr).toBeGreaterThan(four.sqnr + 10);
  });
});
