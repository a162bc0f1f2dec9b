import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Model } from '../../../src/ir/model.js';
import type { Node } from '../../../src/ir/node.js';
import { weightsMode } from '../../../src/quantize/modes/weights.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import {
  buildModel,
  i64,
  only,
  operators,
  randomTensor,
  type GraphBuilder,
  type Setting,
} from '../../support/build.js';
import { largestDifference, outputsOf, randomFeeds } from '../../support/passes.js';
import { copyOf, makeArtifact, type Request } from '../artifact.js';

/** Weights of a MatMulNBits as [K, N], read by the definition of the operator, one number at a time. */
function weightsOf(node: Node): Tensor {
  const [K, N, bits, block] = ['K', 'N', 'bits', 'block_size'].map((name) => node.int(name)) as [
    number,
    number,
    number,
    number,
  ];
  const blocks = Math.ceil(K / block);
  const [codes, scales, zeros] = node.inputs.slice(1, 4).map((value) => value?.constant);
  const codeAt = (bytes: Uint8Array, row: number, rowBytes: number, at: number): number => {
    if (bits === 8) return bytes[row * rowBytes + at]!;
    const byte = bytes[row * rowBytes + (at >> 1)]!;
    return at % 2 === 0 ? byte & 15 : byte >> 4;
  };
  const values = new Float32Array(K * N);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const b = Math.floor(k / block);
      const code = codeAt(codes!.bytes(), n, (blocks * block * bits) / 8, k);
      const zero =
        zeros === undefined ? 2 ** (bits - 1) : codeAt(zeros.bytes(), n, Math.ceil((blocks * bits) / 8), b);
      values[k * N + n] = scales!.toFloat32()[n * blocks + b]! * (code - zero);
    }
  }
  return Tensor.float32([K, N], values);
}

/** The model with its MatMulNBits written out as MatMul with those weights. */
function writtenOut(artifact: Model): Model {
  const model = copyOf(artifact);
  for (const node of [...model.graph.nodes()]) {
    if (node.opType !== 'MatMulNBits') continue;
    const weights = model.graph.addConstant('real', weightsOf(node));
    node.setInputs([node.inputs[0], weights]);
    node.opType = 'MatMul';
    node.domain = '';
    node.attributes.clear();
  }
  return model;
}

/** With activations in float32 in the kernels: what is left is the weights alone. */
function exact(artifact: Model): Model {
  const model = copyOf(artifact);
  for (const node of model.graph.nodes())
    if (node.opType === 'MatMulNBits') node.attributes.set('accuracy_level', attribute.int(1));
  return model;
}

function denseModel(
  op: 'MatMul' | 'Gemm',
  input: string,
  dims: readonly number[],
  settings: Record<string, Setting> = {},
  bias?: Tensor,
): Model {
  return buildModel(17, (g) => {
    const inputs = [g.input('x', input), g.constant('w', randomTensor(dims, 3))];
    if (bias !== undefined) inputs.push(g.constant('b', bias));
    g.output(g.node(op, inputs, settings), 'y', 'float32');
  });
}

const models: readonly [string, () => Model][] = [
  ['MatMul', () => denseModel('MatMul', 'float32[2,5,64]', [64, 40])],
  ['MatMul with a last block that is not full', () => denseModel('MatMul', 'float32[7,72]', [72, 33])],
  ['Gemm', () => denseModel('Gemm', 'float32[3,64]', [64, 40], {}, randomTensor([40], 9))],
  [
    'Gemm with factors and transB',
    () =>
      denseModel(
        'Gemm',
        'float32[3,64]',
        [40, 64],
        { transB: 1, alpha: attribute.float(0.5), beta: attribute.float(-2) },
        randomTensor([1, 40], 9),
      ),
  ],
];

const formats: readonly Request[] = [
  { bits: 4, symmetric: true },
  { bits: 4, symmetric: false },
  { bits: 8, symmetric: true },
  { bits: 8, symmetric: false, block: 16 },
  { bits: 4, block: 64 },
];

describe.each(models)('%s', (_, build) => {
  it.each(formats)('reads blocks of few bits: %j', async (request) => {
    const model = build();
    const artifact = await makeArtifact(model, weightsMode, request);
    expect(artifact.report.changed).toBe(1);
    expect(artifact.kernels).toMatchObject({ weight_only: 1, float: 0, dequantize_nodes: 0 });
    expect(operators(artifact.model)).toContain('com.microsoft.MatMulNBits');
    expect(artifact.sqnr).toBeGreaterThan(request.bits === 8 ? 35 : 17);
    const feeds = randomFeeds(model);
    const reference = await outputsOf(writtenOut(artifact.model), feeds);
    expect(largestDifference(reference, await outputsOf(exact(artifact.model), feeds))).toBeLessThan(1e-5);
    expect(largestDifference(reference, await outputsOf(artifact.model, feeds))).toBeLessThan(0.01);
  });

  it.each(formats)(
    "in the standard's form, of which the runtime makes the same kernel: %j",
    async (request) => {
      const model = build();
      const artifact = await makeArtifact(model, weightsMode, { ...request, format: 'qdq' });
      expect(artifact.model.opset).toBe(21);
      expect(artifact.kernels).toMatchObject({ weight_only: 1, float: 0, dequantize_nodes: 0 });
      const weights = only(artifact.model, 'DequantizeLinear').inputs;
      expect(weights[0]!.constant!.dtype).toBe(
        `${request.symmetric === false ? 'uint' : 'int'}${request.bits!}`,
      );
      expect(weights[1]!.constant!.toFloat32().every((scale) => scale > 0)).toBe(true);
      const own = await makeArtifact(model, weightsMode, request);
      // The fits differ only in the sign of scales.
      expect(artifact.sqnr).toBeGreaterThan(own.sqnr - 3);
    },
  );
});

describe('rounding by samples', () => {
  it('halves what is left at 4 bits where inputs hang together', async () => {
    const model = denseModel('MatMul', 'float32[32,64]', [64, 40]);
    const mixing = randomTensor([4, 64], 5).toFloat32();
    const samples = [1, 2, 3, 4, 5].map((seed) => {
      const sources = randomTensor([32, 4], seed).toFloat32();
      const noise = randomTensor([32, 64], 10 + seed, 0.1).toFloat32();
      const values = noise.map((value, at) => {
        let sum = value;
        for (let k = 0; k < 4; k++)
          sum += sources[Math.floor(at / 64) * 4 + k]! * mixing[k * 64 + (at % 64)]!;
        return sum;
      });
      return new Map([['x', Tensor.float32([32, 64], values)]]);
    });
    const error = (sqnr: number): number => 10 ** (-sqnr / 10);
    for (const format of ['qoperator', 'qdq'] as const) {
      const request = { samples, bits: 4, format } as const;
      const [rounded, plain] = [
        await makeArtifact(model, weightsMode, request),
        await makeArtifact(model, weightsMode, { ...request, rounding: 'nearest' }),
      ];
      expect(rounded.report.usedSamples).toBe(true);
      expect(plain.report.usedSamples).toBe(false);
      expect(error(rounded.sqnr)).toBeLessThan(0.5 * error(plain.sqnr));
    }
  });
});

describe('what is not stored in few bits', () => {
  it('is told with the reason', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[1,4,8,8]');
      const conv = g.node('Conv', [x, g.constant('cw', randomTensor([4, 4, 3, 3]))], {}, { name: 'conv' });
      const flat = g.node('Flatten', [conv]);
      const dense = g.node('Gemm', [flat, g.constant('w', randomTensor([144, 32]))], {}, { name: 'dense' });
      const small = g.node('MatMul', [dense, g.constant('s', randomTensor([32, 3]))], {}, { name: 'small' });
      g.output(small, 'y', 'float32');
      g.output(
        g.node('MatMul', [dense, g.input('z', 'float32[32,2]')], {}, { name: 'free' }),
        'v',
        'float32',
      );
    });
    const { report, kernels } = await makeArtifact(model, weightsMode);
    expect(report.left).toEqual([
      { node: 'conv', op: 'Conv', reason: 'the runtime has no kernel for it that reads weights of few bits' },
      { node: 'small', op: 'MatMul', reason: 'it has too few weights to gain' },
      { node: 'free', op: 'MatMul', reason: 'its second operand is no constant' },
    ]);
    expect(kernels).toMatchObject({ weight_only: 1, float: 3 });
    const excluded = await makeArtifact(model, weightsMode, { exclude: ['op:Gemm'] });
    expect(excluded.report.changed).toBe(0);
  });
});

describe('embedding tables', () => {
  const model = buildModel(17, (g: GraphBuilder) => {
    const table = g.constant('table', randomTensor([1024, 72], 4));
    g.output(
      g.node('Gather', [table, g.constant('rows', i64(3, 1000, -1, 3))], {}, { name: 'rows' }),
      'fixed',
      'float32',
    );
    g.output(g.node('Gather', [table, g.input('ids', 'int64[2,3]')]), 'y', 'float32');
  });

  it.each([
    { bits: 4, symmetric: true, format: 'qoperator' },
    { bits: 4, symmetric: false, format: 'qoperator' },
    { bits: 4, format: 'qdq' },
    { bits: 8, format: 'qoperator' },
    { bits: 8, format: 'qdq' },
  ] as const)('are picked as integers: %j', async (request) => {
    const artifact = await makeArtifact(model, weightsMode, request);
    expect(artifact.sqnr).toBeGreaterThan(request.bits === 8 ? 38 : 17);
    expect(artifact.kernels.dequantize_nodes).toBe(0);
    expect(artifact.bytes.length).toBeLessThan(
      1024 * 72 * (request.bits === 8 || request.format === 'qdq' ? 1.1 : 0.72),
    );
  });
});

describe('a table that is the output weights as well', () => {
  it.each([4, 8] as const)('is stored in %i bits for both', async (bits) => {
    const model = buildModel(17, (g) => {
      const table = g.constant('table', randomTensor([1024, 64], 4));
      const rows = g.node('Gather', [table, g.input('ids', 'int64[1,5]')]);
      g.output(g.node('MatMul', [rows, g.node('Transpose', [table], { perm: [1, 0] })]), 'y', 'float32');
    });
    const artifact = await makeArtifact(model, weightsMode, { bits });
    expect(artifact.kernels).toMatchObject({ weight_only: 1, float: 0 });
    expect(operators(artifact.model)).not.toContain('Transpose');
    expect(artifact.bytes.length).toBeLessThan(1024 * 64 * (bits === 8 ? 2.3 : 1.4));
  });
});

describe('bodies', () => {
  it('of If are treated alike', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[3,64]');
      const branch = (name: string, seed: number): ReturnType<GraphBuilder['body']> =>
        g.body(name, (inner) => {
          const w = inner.constant(`${name}_w`, randomTensor([64, 32], seed));
          inner.output(inner.node('MatMul', [x, w]), `${name}_y`, 'float32[3,32]');
        });
      const bodies = { then_branch: branch('yes', 1), else_branch: branch('no', 2) };
      g.output(g.node('If', [g.input('which', 'bool[1]')], bodies), 'y', 'float32[3,32]');
    });
    const artifact = await makeArtifact(model, weightsMode, { bits: 8 });
    expect(artifact.report.changed).toBe(2);
    expect(artifact.sqnr).toBeGreaterThan(35);
  });
});

describe('blocks of zeros, as pruning leaves them', () => {
  it('leave no noise beside small weights', async () => {
    const [K, N, kept] = [4096, 8, 64];
    const dense = randomTensor([kept, N], 7, 0.02).toFloat32();
    const padded = new Float32Array(K * N);
    padded.set(dense);
    const of = (rows: number, weights: Float32Array): Model =>
      buildModel(17, (g) => {
        const w = g.constant('w', Tensor.float32([rows, N], weights));
        g.output(g.node('MatMul', [g.input('x', `float32[4,${rows}]`), w]), 'y', 'float32');
      });
    const alone = await makeArtifact(of(kept, dense), weightsMode);
    const beside = await makeArtifact(of(K, padded), weightsMode);
    expect(beside.sqnr).toBeGreaterThan(alone.sqnr - 3);
  });
});
