import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GramProduct } from '../../../src/calibrate/gram-product.js';
import type { Node } from '../../../src/ir/node.js';
import { MomentsObserver } from '../../../src/quantize/rounding/moments.js';
import type { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, only, randomTensor, type Setting } from '../../support/build.js';

let product: GramProduct;
beforeAll(async () => {
  product = await GramProduct.open(1);
});
afterAll(() => product.close());

/** A model of one node that reads x and constant weights. */
function nodeOf(
  opType: string,
  input: string,
  dims: readonly number[],
  settings: Record<string, Setting> = {},
): Node {
  const model = buildModel(17, (g) => {
    const weights = g.constant('w', randomTensor(dims, 5));
    g.output(g.node(opType, [g.input('x', input), weights], settings), 'y', 'float32');
  });
  return only(model, opType);
}

/** What the observer finds over these samples; all places are looked at where there are few of them. */
async function momentsOf(node: Node, tensors: readonly Tensor[]): Promise<readonly Float64Array[]> {
  const weights = node.inputs[1]!.constant!;
  const observer = new MomentsObserver(node, node.inputs[0]!, weights.dims, 2, product);
  for (const tensor of tensors) await observer.observe(tensor);
  return observer.finish().groups;
}

/** The second moments about the means of rows, in float64 by the definition. */
function reference(rows: readonly (readonly number[])[]): number[] {
  const n = rows[0]!.length;
  const means = Array.from(
    { length: n },
    (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length,
  );
  return Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return rows.reduce((sum, row) => sum + (row[i]! - means[i]!) * (row[j]! - means[j]!), 0);
  });
}

/** What the kernel sees at every place: loops over the definition of Conv in two dimensions. */
function im2col(
  tensor: Tensor,
  {
    kernel,
    strides,
    pads,
    dilations,
    channels,
    first,
  }: Readonly<Record<'kernel' | 'strides' | 'pads' | 'dilations', readonly number[]>> & {
    channels: number;
    first: number;
  },
): number[][] {
  const [batch, total, height, width] = tensor.dims as [number, number, number, number];
  const values = tensor.toFloat32();
  const out = [height, width].map(
    (length, axis) =>
      Math.floor(
        (length + pads[axis]! + pads[axis + 2]! - (kernel[axis]! - 1) * dilations[axis]! - 1) /
          strides[axis]!,
      ) + 1,
  );
  const rows: number[][] = [];
  for (let b = 0; b < batch; b++)
    for (let oy = 0; oy < out[0]!; oy++)
      for (let ox = 0; ox < out[1]!; ox++) {
        const row: number[] = [];
        for (let c = first; c < first + channels; c++)
          for (let ky = 0; ky < kernel[0]!; ky++)
            for (let kx = 0; kx < kernel[1]!; kx++) {
              const y = oy * strides[0]! - pads[0]! + ky * dilations[0]!;
              const x = ox * strides[1]! - pads[1]! + kx * dilations[1]!;
              const inside = y >= 0 && y < height && x >= 0 && x < width;
              row.push(inside ? values[((b * total + c) * height + y) * width + x]! : 0);
            }
        rows.push(row);
      }
  return rows;
}

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, at) => expect(Math.abs(found[at]! - value) / largest).toBeLessThan(1e-5));
}

const convs: readonly [string, readonly number[], Record<string, Setting>][] = [
  ['plain', [4, 6, 3, 3], {}],
  ['padded, with strides', [4, 6, 3, 3], { pads: [1, 0, 2, 1], strides: [2, 1] }],
  ['dilated', [4, 6, 2, 2], { dilations: [2, 3] }],
  ['in groups', [4, 3, 3, 2], { group: 2, pads: [1, 1, 1, 1] }],
  ['depthwise', [6, 1, 3, 3], { group: 6, strides: [2, 2], pads: [1, 1, 1, 1] }],
];

describe('MomentsObserver', () => {
  it.each(convs)('sees what a Conv multiplies: %s', async (_, dims, settings) => {
    const node = nodeOf('Conv', 'float32[2,6,7,8]', dims, settings);
    const tensors = [1, 2].map((seed) => randomTensor([2, 6, 7, 8], seed));
    const groups = (settings.group as number | undefined) ?? 1;
    const found = await momentsOf(node, tensors);
    expect(found).toHaveLength(groups);
    found.forEach((moments, group) => {
      const how = {
        kernel: dims.slice(2),
        strides: (settings.strides as number[] | undefined) ?? [1, 1],
        dilations: (settings.dilations as number[] | undefined) ?? [1, 1],
        pads: (settings.pads as number[] | undefined) ?? [0, 0, 0, 0],
        channels: dims[1]!,
        first: group * dims[1]!,
      };
      // Where there are more places than it looks at, it takes every other one from the middle of the first step.
      const wanted = Math.max(16, Math.ceil((4 * how.channels * how.kernel[0]! * how.kernel[1]!) / 2));
      const rows = tensors.flatMap((tensor) => {
        const all = im2col(tensor, how);
        const perImage = all.length / 2;
        const step = Math.max(1, Math.floor(perImage / wanted));
        return all.filter((_row, at) => (at % perImage) % step === Math.floor(step / 2));
      });
      expectClose(moments, reference(rows));
    });
  });

  it.each([
    ['MatMul', [20, 5], {}],
    ['Gemm', [20, 5], {}],
    ['Gemm', [5, 20], { transB: 1 }],
  ] as const)('sees the rows that %s %j multiplies', async (opType, dims, settings) => {
    const node = nodeOf(opType, 'float32[30,20]', dims, settings);
    const tensors = [3, 4].map((seed) => randomTensor([30, 20], seed));
    const rows = tensors.flatMap((tensor) => {
      const values = Array.from(tensor.toFloat32());
      return Array.from({ length: 30 }, (_, row) => values.slice(row * 20, row * 20 + 20));
    });
    const [moments] = await momentsOf(node, tensors);
    expectClose(moments!, reference(rows));
  });
});
