import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { verifyModel } from '../../../src/ir/verify.js';
import { castFeeds } from '../../../src/runtime/compare-outputs.js';
import { emulateBfloat16 } from '../../../src/quantize/half/emulate.js';
import { copyTypedModel } from '../../../src/quantize/half/copy-typed.js';
import { bfloat16Mode, float16Mode } from '../../../src/quantize/modes/half.js';
import { openSession } from '../../../src/runtime/session.js';
import { toBfloat16Bits, fromBfloat16Bits } from '../../support/sixteen-bit.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import {
  buildModel,
  f32,
  i64,
  only,
  operators,
  randomTensor,
  type GraphBuilder,
} from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { outputsOf, randomFeeds, type Feeds } from '../../support/passes.js';
import { contextOf, copyOf, makeArtifact, sqnrOf, type Request } from '../artifact.js';

const image = 'float32[1,4,8,8]';

/** A model from x to y, in 16 bits with its borders kept, and close to what it was: 11 bits are 60 dB and more. */
async function convert(
  build: (g: GraphBuilder, x: Value) => Value,
  request: Request & { input?: string } = {},
) {
  const model = buildModel(17, (g) => {
    g.output(build(g, g.input('x', request.input ?? image)), 'y', 'float32');
  });
  const artifact = await makeArtifact(model, float16Mode, request);
  expect(artifact.sqnr).toBeGreaterThan(50);
  return artifact;
}

const dtypes = (model: Model): string[] =>
  [...model.graphs()].flatMap((graph) => [...graph.constants()].map(({ constant }) => constant.dtype));

describe('fp16 of the whole model', () => {
  it('stores weights in 16 bits, and casts at the borders only', async () => {
    const { model, report } = await convert((g, x) =>
      conv(g, g.node('Relu', [conv(g, x, [8, 4, 3, 3])]), [4, 8, 1, 1]),
    );
    expect(operators(model)).toEqual(['Cast', 'Conv', 'Relu', 'Conv', 'Cast']);
    expect(new Set(dtypes(model))).toEqual(new Set(['float16']));
    expect(report).toMatchObject({ changed: 3, left: [] });
  });

  it('takes and gives float16 without --keep-io, with the same names', async () => {
    const model = buildModel(17, (g) => {
      const raw = conv(g, g.input('x', image), [8, 4, 3, 3]);
      g.output(g.node('Relu', [raw]), 'y', 'float32');
      g.output(raw, 'raw', 'float32');
    });
    const half = copyOf(model);
    await float16Mode.apply(half, contextOf(model, { keepIo: false }));
    verifyModel(half);
    const session = await openSession(half);
    expect([...session.inputs, ...session.outputs].map(({ name, dtype }) => [name, dtype])).toEqual([
      ['x', 'float16'],
      ['y', 'float16'],
      ['raw', 'float16'],
    ]);
    const feeds = randomFeeds(model);
    const found = await session.run(castFeeds(feeds, session.inputs));
    await session.close();
    expect(sqnrOf([await outputsOf(model, feeds)], [found])).toBeGreaterThan(50);
  });

  it('keeps names and types of outputs that are read on', async () => {
    const model = buildModel(17, (g) => {
      const first = conv(g, g.input('x', image), [8, 4, 3, 3]);
      g.output(first, 'features', 'float32');
      g.output(conv(g, g.node('Relu', [first]), [4, 8, 1, 1]), 'y', 'float32');
    });
    const { sqnr } = await makeArtifact(model, float16Mode);
    expect(sqnr).toBeGreaterThan(50);
  });

  it('keeps an output that is an input', async () => {
    const build = (): Model =>
      buildModel(17, (g) => {
        const x = g.input('x', image);
        g.output(conv(g, x, [8, 4, 3, 3]), 'y', 'float32');
        g.graph.addOutput(x);
      });
    const kept = await makeArtifact(build(), float16Mode);
    expect(kept.sqnr).toBeGreaterThan(50);
    const whole = build();
    await float16Mode.apply(whole, contextOf(whole, { keepIo: false, samples: [randomFeeds(whole)] }));
    verifyModel(whole);
    const session = await openSession(whole);
    expect(session.outputs.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['y', 'float16'],
      ['x', 'float16'],
    ]);
    await session.close();
  });

  it('gives out constants and what a Constant node says', async () => {
    const model = buildModel(17, (g) => {
      g.output(conv(g, g.input('x', image), [8, 4, 3, 3]), 'y', 'float32');
      g.output(g.node('Constant', [], { value: f32([2], [1.5, -2]) }), 'fixed', 'float32[2]');
    });
    for (const keepIo of [true, false]) {
      const half = copyOf(model);
      await float16Mode.apply(half, contextOf(model, { keepIo }));
      verifyModel(half);
      const session = await openSession(half);
      const feeds = castFeeds(randomFeeds(model), session.inputs);
      const fixed = (await session.run(feeds)).get('fixed')!;
      await session.close();
      expect([fixed.dtype, Array.from(fixed.toNumbers())]).toEqual([
        keepIo ? 'float32' : 'float16',
        [1.5, -2],
      ]);
    }
  });

  it('leaves the scales of a Resize in float32', async () => {
    const { model } = await convert((g, x) =>
      g.node(
        'Resize',
        [conv(g, x, [4, 4, 1, 1]), undefined, g.constant('scales', f32([4], [1, 1, 1.7, 2.3]))],
        {
          mode: 'linear',
        },
      ),
    );
    expect(only(model, 'Resize').inputs[2]!.constant!.dtype).toBe('float32');
  });

  it('changes what Cast and ConstantOfShape give', async () => {
    const { model } = await convert(
      (g, x) => {
        const count = g.node('Shape', [x]);
        const filled = g.node('ConstantOfShape', [count], { value: f32([1], [0.5]) });
        const ones = g.node('ConstantOfShape', [count]);
        const cast = g.node('Cast', [g.node('Size', [x])], { to: 1 });
        return g.node('Add', [g.node('Mul', [g.node('Add', [x, filled]), ones]), g.node('Mul', [x, cast])]);
      },
      { input: 'float32[1,n]' },
    );
    const fills = [...model.graph.nodes()].filter((node) => node.is('ConstantOfShape'));
    expect(fills.map((node) => node.tensor('value')?.dtype)).toEqual(['float16', 'float16']);
  });

  it('names a node whose constant is beyond the format, and keeps it float32', async () => {
    const { model, report } = await convert((g, x) => {
      const scaled = g.node('Mul', [x, g.constant('huge', f32([], [70000]))], {}, { name: 'scale' });
      return g.node('Relu', [
        g.node('Mul', [scaled, g.constant('small', f32([], [1e-4]))], {}, { name: 'back' }),
      ]);
    });
    expect(report.left).toContainEqual({
      node: 'scale',
      op: 'Mul',
      reason: 'its constant huge goes beyond float16',
    });
    expect(dtypes(model)).toContain('float32');
  });

  it('keeps what is excluded', async () => {
    const { model, report } = await convert(
      (g, x) => g.node('Softmax', [conv(g, g.node('Exp', [x], {}, { name: 'exp' }), [4, 4, 1, 1])]),
      { exclude: ['exp', 'op:Softmax'] },
    );
    expect(report.left.map(({ op }) => op)).toEqual(['Exp', 'Softmax']);
    expect(operators(model)).toEqual(['Exp', 'Cast', 'Conv', 'Cast', 'Softmax']);
  });

  it('finds nothing to do in a model of integers', async () => {
    const model = buildModel(17, (g) => {
      g.output(g.node('Add', [g.input('x', 'int64[3]'), g.constant('one', i64(1))]), 'y', 'int64');
    });
    const { report } = await makeArtifact(model, float16Mode);
    expect(report.changed).toBe(0);
  });
});

describe('bodies', () => {
  it('of If capture 16-bit values and constants', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[4,8]');
      const hidden = g.node('Tanh', [x]);
      const shared = g.constant('w', randomTensor([8, 8], 3));
      const branch = (name: string, fill: (inner: GraphBuilder) => Value) =>
        g.body(name, (inner) => inner.output(fill(inner), `${name}_out`, 'float32[4,8]'));
      const chosen = g.node('If', [g.input('c', 'bool[1]')], {
        then_branch: branch('yes', (inner) => inner.node('MatMul', [hidden, shared])),
        else_branch: branch('no', (inner) => inner.node('Mul', [x, inner.constant('factor', f32([], [2]))])),
      });
      g.output(g.node('Add', [chosen, g.node('MatMul', [x, shared])]), 'y', 'float32');
    });
    const samples = [0, 1].map(
      (flag) =>
        new Map<string, Tensor>([
          ['x', randomTensor([4, 8], 2)],
          ['c', Tensor.fromNumbers('bool', [1], [flag])],
        ]),
    );
    const { sqnr, model: half } = await makeArtifact(model, float16Mode, { samples });
    expect(sqnr).toBeGreaterThan(50);
    expect(new Set(dtypes(half))).toEqual(new Set(['float16']));
    const excluded = await makeArtifact(model, float16Mode, { samples, exclude: ['op:Mul', 'op:Tanh'] });
    expect(excluded.sqnr).toBeGreaterThan(50);
  });

  it('of Loop carry 16-bit values', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[4]');
      const body = g.body('body', (inner) => {
        inner.input('i', 'int64[]');
        const go = inner.input('go', 'bool[]');
        const state = inner.input('state', 'float32[4]');
        inner.output(inner.node('Identity', [go]), 'go_on', 'bool[]');
        const next = inner.node('Add', [inner.node('Mul', [state, inner.constant('f', f32([], [0.5]))]), x]);
        inner.output(next, 'next', 'float32[4]');
        inner.output(inner.node('Abs', [next]), 'scanned', 'float32[4]');
      });
      const count = g.constant('count', Tensor.int64([], [5]));
      const start = g.constant('start', f32([4], [1, 2, 3, 4]));
      const [last, all] = g.nodes('Loop', [count, undefined, start], { body }, { outputs: 2 });
      g.output(last!, 'last', 'float32[4]');
      g.output(all!, 'all', 'float32');
    });
    const { sqnr } = await makeArtifact(model, float16Mode);
    expect(sqnr).toBeGreaterThan(50);
    const excluded = await makeArtifact(model, float16Mode, { exclude: ['op:Add'] });
    expect(excluded.sqnr).toBeGreaterThan(50);
  });
});

describe('bf16', () => {
  const round = (value: number): number => fromBfloat16Bits(toBfloat16Bits(Math.fround(value)));

  async function emulated(model: Model, feeds: Feeds, keepIo = true): Promise<Map<string, Tensor>> {
    const half = copyOf(model);
    await bfloat16Mode.apply(half, contextOf(model, { keepIo, samples: [feeds] }));
    verifyModel(half);
    const copy = copyTypedModel(half);
    emulateBfloat16(copy);
    verifyModel(copy);
    return outputsOf(copy, feeds);
  }

  it.each([true, false])(
    'is checked by rounding every value (inputs and outputs kept: %s)',
    async (keepIo) => {
      const weights = randomTensor([3, 2], 3);
      const model = buildModel(17, (g) => {
        g.output(
          g.node('Relu', [g.node('MatMul', [g.input('x', 'float32[2,3]'), g.constant('w', weights)])]),
          'y',
          'float32',
        );
      });
      const x = randomTensor([2, 3], 5);
      const found = (await emulated(model, new Map([['x', x]]), keepIo)).get('y')!.toFloat32();
      const [a, w] = [x.toFloat32(), weights.toFloat32()];
      for (let row = 0; row < 2; row++) {
        for (let column = 0; column < 2; column++) {
          let sum = 0;
          for (let k = 0; k < 3; k++) sum += round(a[row * 3 + k]!) * round(w[k * 2 + column]!);
          expect(found[row * 2 + column]).toBe(Math.max(round(sum), 0));
        }
      }
    },
  );

  it('keeps the name of an input that is given out', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[2,3]');
      g.output(g.node('Relu', [x]), 'y', 'float32');
      g.graph.addOutput(x);
    });
    const found = await emulated(model, new Map([['x', randomTensor([2, 3])]]), false);
    expect([...found.keys()]).toEqual(['y', 'x']);
  });

  it('writes a file that says bfloat16 throughout', async () => {
    const model = buildModel(17, (g) => {
      const x = g.node('Gemm', [g.input('x', 'float32[2,3]'), g.constant('w', randomTensor([3, 4]))], {
        alpha: attribute.float(0.5),
      });
      g.output(g.node('Relu', [x]), 'y', 'float32');
    });
    const half = copyOf(model);
    const report = await bfloat16Mode.apply(half, contextOf(model, { keepIo: false }));
    expect(report).toMatchObject({ changed: 2, left: [] });
    expect(half.opset).toBe(22);
    expect(dtypes(half)).toEqual(['bfloat16']);
    expect([...half.graph.inputs, ...half.graph.outputs].map(({ type }) => type)).toMatchObject([
      { dtype: 'bfloat16' },
      { dtype: 'bfloat16' },
    ]);
  });
});
