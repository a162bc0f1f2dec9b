import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/ir/node.js';
import { encodeModel } from '../../../src/onnx/write.js';
import { readModel } from '../../../src/onnx/read.js';
import { quantizeModel, type QuantizeRequest } from '../../../src/quantize/quantize.js';
import { parseOverride } from '../../../src/quantize/overrides/override.js';
import { buildModel, randomTensor } from '../../support/build.js';

const folder = mkdtempSync(path.join(tmpdir(), 'overrides-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const original = path.join(folder, 'model.onnx');
writeFileSync(
  original,
  encodeModel(
    buildModel(17, (g) => {
      const conv = (name: string, seed: number, input: Parameters<typeof g.node>[1][0]) =>
        g.node('Conv', [input, g.constant(`${name}_w`, randomTensor([8, 8, 3, 3], seed, 0.3))], {}, { name });
      const relu = g.node(
        'Relu',
        [conv('first', 3, g.input('x', 'float32[1,8,12,12]'))],
        {},
        { name: 'relu' },
      );
      g.output(conv('second', 4, relu), 'y', 'float32');
    }),
  ),
);

let count = 0;
async function quantized(overrides: readonly string[], more: Partial<QuantizeRequest> = {}) {
  const output = path.join(folder, `${count++}.onnx`);
  const result = await quantizeModel({
    model: original,
    output,
    mode: 'static',
    calibration: 'percentile',
    measure: false,
    equalize: false,
    dataset: { samples: 4 },
    overrides: overrides.map(parseOverride),
    ...more,
  });
  const { graph, opset } = await readModel(output);
  const nodes = [...graph.nodes()];
  const convs = nodes.filter((node) => node.is('Conv'));
  return { result, opset, weights: convs.map(weightsOf), ranges: new Map(nodes.flatMap(rangeOf)) };
}

/** The stored integers of a Conv's weights, and their type. */
function weightsOf({ inputs: [, weights] }: Node): { dtype: string; integers: readonly number[] } {
  const stored = weights!.producer?.inputs[0] ?? weights!;
  const tensor = stored.constant ?? stored.producer!.inputs[0]!.constant!;
  return { dtype: tensor.dtype, integers: Array.from(tensor.toNumbers()) };
}

function rangeOf(node: Node): [string, number][] {
  return node.is('QuantizeLinear')
    ? [[node.inputs[0]!.name, node.inputs[1]!.constant!.toNumbers()[0]! * 255]]
    : [];
}

describe('overrides', () => {
  it('give single layers 4 bits, or keep them at 8', async () => {
    const one = await quantized(['first bits=4']);
    expect(one.weights.map(({ dtype }) => dtype)).toEqual(['int4', 'int8']);
    expect(one.opset).toBeGreaterThanOrEqual(21);
    const other = await quantized(['second bits=8'], { bits: 4 });
    expect(other.weights.map(({ dtype }) => dtype)).toEqual(['int4', 'int8']);
  });

  it('round the weights of single layers in another way', async () => {
    const [usual, nearest, mixed, reverse] = [
      await quantized([]),
      await quantized([], { rounding: 'nearest' }),
      await quantized(['second rounding=nearest']),
      await quantized(['first rounding=output'], { rounding: 'nearest' }),
    ];
    expect(usual.weights[0]).not.toEqual(nearest.weights[0]);
    expect(mixed.weights).toEqual([usual.weights[0], nearest.weights[1]]);
    expect(reverse.weights).toEqual(mixed.weights);
  });

  it('choose the ranges of single values in another way, or set them', async () => {
    const [usual, widest, mixed, set] = [
      await quantized([]),
      await quantized([], { calibration: 'minmax' }),
      await quantized(['value:relu* calibration=minmax']),
      await quantized(['value:* calibration=minmax', 'value:relu* range=0:51']),
    ];
    const [x, inner] = [...usual.ranges.keys()];
    expect(usual.ranges.get(x!)).toBeLessThan(widest.ranges.get(x!)!);
    expect(usual.ranges.get(inner!)).toBeLessThan(widest.ranges.get(inner!)!);
    expect(mixed.ranges.get(x!)).toBe(usual.ranges.get(x!));
    expect(mixed.ranges.get(inner!)).toBe(widest.ranges.get(inner!));
    expect(set.ranges.get(x!)).toBe(widest.ranges.get(x!));
    expect(set.ranges.get(inner!)).toBeCloseTo(51, 5);
  });

  it('that fit nothing are told', async () => {
    const { result } = await quantized(['third bits=4', 'value:z range=0:1', 'second bits=8']);
    expect(result.warnings.filter((text) => text.startsWith('--override'))).toEqual([
      '--override third bits=4 fits nothing that static mode made integer',
      '--override value:z range=0:1 fits nothing that static mode made integer',
    ]);
  });

  it('leave the rest float where layers are named one by one', async () => {
    const { result, weights } = await quantized([], { include: ['second'] });
    expect(weights.map(({ dtype }) => dtype)).toEqual(['float32', 'int8']);
    expect(result.left.map(({ node }) => node)).toEqual(['first']);
  });
});
