import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.js';
import type { Model } from '../../src/ir/model.js';
import { temporaryPrefix } from '../../src/leftovers.js';
import { lowestIrVersion } from '../../src/onnx/ir-version.js';
import { readModel } from '../../src/onnx/read.js';
import { encodeModel } from '../../src/onnx/write.js';
import { inputSpecs } from '../../src/ir/tensor-inputs.js';
import { quantizeModel, type QuantizeRequest } from '../../src/quantize/quantize.js';
import type { QuantizeResult } from '../../src/quantize/result.js';
import { castFeeds } from '../../src/runtime/compare-outputs.js';
import { openSession } from '../../src/runtime/session.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor, type GraphBuilder } from '../support/build.js';
import { conv } from '../support/layers.js';

const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-quantize-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;

function file(content: Model | string, extension = 'onnx'): string {
  const name = path.join(folder, `file${(count += 1)}.${extension}`);
  if (typeof content !== 'string') content.irVersion = lowestIrVersion(content);
  writeFileSync(name, typeof content === 'string' ? content : encodeModel(content));
  return name;
}

const output = (): string => path.join(folder, `out${(count += 1)}.onnx`);

function run(request: Partial<QuantizeRequest> & { model: string }): Promise<QuantizeResult> {
  return quantizeModel({ output: output(), measure: false, ...request });
}

function model(fill: (g: GraphBuilder) => void): string {
  return file(buildModel(17, fill));
}

const convModel = (): string =>
  model((g) => {
    g.output(g.node('Relu', [conv(g, g.input('x', 'float32[1,8,n,n]'), [8, 8, 3, 3])]), 'y', 'float32');
  });

/** Share of the evaluation samples that are answered as labelled. */
async function accuracy(name: string, artifact: string): Promise<number> {
  const session = await openSession(artifact, { threads: 1 });
  const dataset = await openDataset(
    `${fixtures}${name}.yaml`,
    inputSpecs(await readModel(`${fixtures}${name}.onnx`)),
  );
  let right = 0;
  for (let index = 0; index < dataset.evaluate.size; index++) {
    const { inputs, label } = await dataset.evaluate.get(index);
    const [scores] = [...(await session.run(castFeeds(inputs, session.inputs))).values()];
    const numbers = Array.from(scores!.toNumbers());
    if (numbers.indexOf(Math.max(...numbers)) === label) right += 1;
  }
  await session.close();
  return right / dataset.evaluate.size;
}

describe('the fixtures', () => {
  it.each([
    ['glyphs-resnet', 'static', 0.95, 0.35],
    ['shapes-depthwise', 'static', 0.95, 0.6],
    ['tokens-transformer', 'dynamic', 0.5, 0.6],
    ['tones-lstm', 'dynamic', 0.9, 0.5],
  ])('%s, mode %s: integer kernels, smaller, nearly as accurate', async (name, mode, share, ratio) => {
    const source = `${fixtures}${name}.onnx`;
    const result = await run({ model: source, mode, data: `${fixtures}${name}.yaml` });
    expect(result).toMatchObject({ schema: 'infer-opt/quantize@1', mode, kept_float: false });
    expect(result.kernels!.integer_share_of_macs).toBeGreaterThanOrEqual(share);
    expect(result.kernels!.dequantized_weights).toEqual([]);
    expect(result.output.bytes).toBe(statSync(result.output.path).size);
    expect(result.output.size_ratio).toBeLessThan(ratio);
    expect(result.outputs!.cosine).toBeGreaterThan(0.99);
    const [before, after] = [await accuracy(name, source), await accuracy(name, result.output.path)];
    expect(before - after).toBeLessThanOrEqual(0.0125);
  });

  it('boxes-detector keeps both outputs close', async () => {
    const result = await run({
      model: `${fixtures}boxes-detector.onnx`,
      mode: 'static',
      data: `${fixtures}boxes-detector.yaml`,
    });
    expect(result.kernels!.integer_share_of_macs).toBeGreaterThanOrEqual(0.9);
    expect(result.outputs!.sqnr_db).toBeGreaterThan(20);
  });

  it.each(['fp16', 'bf16'])('glyphs-resnet in %s is half as large', async (mode) => {
    const result = await run({
      model: `${fixtures}glyphs-resnet.onnx`,
      mode,
      data: `${fixtures}glyphs-resnet.yaml`,
    });
    expect(result.output.size_ratio).toBeLessThan(0.55);
    expect(result.outputs!.sqnr_db).toBeGreaterThan(mode === 'fp16' ? 45 : 25);
    expect(result.kernels === null).toBe(mode === 'bf16');
    expect(result.hints.length).toBeGreaterThan(0);
  });
});

describe('the result', () => {
  it('always has the same shape', async () => {
    const result = await run({ model: convModel(), mode: 'static', dataset: { samples: 4 } });
    expect(Object.keys(result)).toEqual([
      'schema',
      'input',
      'output',
      'mode',
      'kept_float',
      'target',
      'calibration',
      'changed',
      'left',
      'kernels',
      'measured',
      'outputs',
      'mixed',
      'tried',
      'warnings',
      'hints',
    ]);
    expect(Object.keys(result.outputs!)).toEqual(['samples', 'sqnr_db', 'cosine', 'max_abs', 'not_finite']);
    expect(result.calibration).toEqual({ method: 'auto', samples: 4, dataset: 'synthetic' });
    expect(result.warnings.join()).toContain('made-up inputs');
    expect(result).toMatchObject({ measured: null, changed: 1, input: { opset: 17 }, output: { opset: 17 } });
  });

  it('is measured where that is asked for', async () => {
    const result = await run({ model: convModel(), mode: 'static', measure: true, dataset: { samples: 4 } });
    expect(result.measured!.speedup).toBeCloseTo(
      result.measured!.original_ms / result.measured!.artifact_ms,
      5,
    );
  });

  it('keeps the float model where auto finds nothing to do', async () => {
    const result = await run({
      model: model((g) => {
        g.output(g.node('Relu', [g.node('Identity', [g.input('x', 'float32[4]')])]), 'y', 'float32');
      }),
    });
    expect(result).toMatchObject({ mode: 'float', kept_float: true, changed: 0, calibration: null });
    expect(result.warnings.join()).toContain('the float model is kept');
    expect((await readModel(result.output.path)).graph.nodeCount).toBe(1);
  });

  it('warns of a pattern that matches nothing, and of nothing else', async () => {
    const source = model((g) => {
      const x = g.input('x', 'float32[1,8,6,6]');
      const first = g.node(
        'Relu',
        [g.node('Identity', [conv(g, x, [8, 8, 3, 3])], {}, { name: '/copy' })],
        {},
        { name: '/active' },
      );
      g.output(conv(g, first, [8, 8, 1, 1]), 'y', 'float32');
    });
    const exclude = ['/copy', '/active', 'op:Conv*', '/nowhere/*'];
    const { warnings } = await run({ model: source, exclude, dataset: { samples: 2 } });
    expect(warnings.filter((text) => text.includes('--exclude'))).toEqual([
      '--exclude /nowhere/* matches no node',
    ]);
  });

  it('tells of numbers that 16 bits cannot hold', async () => {
    const source = model((g) => {
      const large = g.node('Mul', [g.input('x', 'float32[1,8]'), g.constant('k', f32([], [60000]))]);
      g.output(g.node('Mul', [large, g.constant('l', f32([], [100]))]), 'y', 'float32');
    });
    const result = await run({ model: source, mode: 'fp16', dataset: { samples: 2 } });
    expect(result.outputs!.not_finite).toBeGreaterThan(0);
    expect(Number.isFinite(result.outputs!.sqnr_db)).toBe(true);
    expect(result.warnings.join()).toContain('NaN or infinity');
  });
});

describe('data', () => {
  const lines = (...rows: readonly (readonly number[])[]): string =>
    file(rows.map((row) => JSON.stringify({ x: [row] })).join('\n'), 'jsonl');

  const open = (): string =>
    model((g) => {
      const spread = g.node('Unsqueeze', [
        g.input('x', 'float32[1,n]'),
        g.constant('axes', Tensor.int64([1], [0])),
      ]);
      const seen = g.node(
        'Conv',
        [spread, g.constant('w', randomTensor([4, 1, 3], 2))],
        { pads: [1, 1] },
        { name: 'conv' },
      );
      g.output(g.node('Relu', [seen]), 'y', 'float32');
    });

  it('may have samples of any shape', async () => {
    const data = lines([1, 2, 3], [4, 5, 6, 7, 8, 9], [0.5, 1, 2, 2]);
    const result = await run({
      model: open(),
      mode: 'static',
      data,
      dataset: { split: { calibrate: 3, evaluate: 0 } },
    });
    expect(result.calibration).toMatchObject({ samples: 3 });
    expect(result.outputs!.sqnr_db).toBeGreaterThan(28);
  });

  it('is refused where the model overflows on it, with sample and tensor', async () => {
    const target = output();
    const data = lines([1, 2, 3], [1, 3e38, 3e38]);
    const job = run({
      model: open(),
      output: target,
      mode: 'static',
      data,
      dataset: { split: { calibrate: 2, evaluate: 0 } },
    });
    await expect(job).rejects.toMatchObject({ code: 'data' });
    await expect(job).rejects.toThrow(/value \S+ is -?Infinity at element \d+ for sample file\d+\.jsonl:2/);
    expect(existsSync(target)).toBe(false);
  });
});

describe('refusals', () => {
  const refused = async (
    request: Partial<QuantizeRequest> & { model: string },
    code: string,
    message: RegExp,
  ): Promise<void> => {
    const target = request.output ?? output();
    const before = existsSync(target) ? statSync(target).mtimeMs : undefined;
    await expect(run({ ...request, output: target })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(existsSync(target) ? statSync(target).mtimeMs : undefined).toBe(before);
    const ours = path.basename(temporaryPrefix());
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(ours))).toEqual([]);
  };

  it('has one for a model that is quantized already', async () => {
    const once = await run({ model: convModel(), mode: 'static', dataset: { samples: 2 } });
    await refused(
      { model: once.output.path },
      'model',
      /is quantized already: it holds \d+ weights behind DequantizeLinear/,
    );
    const dynamic = await run({
      model: model((g) => {
        g.output(
          g.node('MatMul', [g.input('x', 'float32[4,48]'), g.constant('w', randomTensor([48, 48]))]),
          'y',
          'float32',
        );
      }),
      mode: 'dynamic',
      dataset: { samples: 2 },
    });
    await refused({ model: dynamic.output.path }, 'model', /it holds 1 MatMulInteger/);
  });

  it('has one for weights in 16 bits, however they are stored', async () => {
    const half = await run({ model: convModel(), mode: 'fp16', dataset: { samples: 2 } });
    await refused({ model: half.output.path }, 'model', /the weights of .* are float16/);
    const nodes = model((g) => {
      const w = g.node('Constant', [], {
        value: Tensor.fromNumbers('float16', [48, 48], randomTensor([48, 48]).toFloat32()),
      });
      g.output(g.node('MatMul', [g.input('x', 'float16[4,48]'), w]), 'y', 'float16');
    });
    await refused({ model: nodes, mode: 'dynamic' }, 'model', /are float16/);
  });

  it('has one for an output that is the input', async () => {
    const source = convModel();
    await refused({ model: source, output: source, mode: 'fp16' }, 'usage', /./).catch(() =>
      refused({ model: source, output: source, mode: 'fp16' }, 'output', /./),
    );
  });

  it.each([
    [{ mode: 'int3' }, /there is no mode "int3"/],
    [{ calibration: 'best' }, /there is no calibration method "best"/],
    [{ target: 'z80' }, /there is no target "z80"/],
    [{ mode: 'static', opset: 11 }, /nothing lowers it to 11/],
  ])('has one for %j', async (request, message) => {
    await refused({ model: convModel(), ...request }, 'usage', message);
  });

  it.each([
    ['static', /can be done by mode static/],
    ['dynamic', /can be done by mode dynamic/],
    ['fp16', /can be done by mode fp16/],
  ])('has one where nothing can be done by mode %s', async (mode, message) => {
    const source = model((g) => {
      g.output(
        g.node('Add', [g.input('x', 'int32[4]'), g.constant('one', Tensor.fromNumbers('int32', [1], [1]))]),
        'y',
        'int32',
      );
    });
    await refused({ model: source, mode, dataset: { samples: 2 } }, 'model', message);
  });
});
