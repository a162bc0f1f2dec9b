import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { equalizeChannels } from '../../../src/quantize/equalize/equalize.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, randomTensor, type GraphBuilder, type Setting } from '../../support/build.js';
import { largestDifference, outputsOf } from '../../support/passes.js';
import { copyOf, randomSamples, sampleSet } from '../artifact.js';

/** A Conv whose output channels differ in size by the given powers of ten. */
function uneven(
  g: GraphBuilder,
  x: Value,
  dims: readonly number[],
  settings: Record<string, Setting> = {},
  powers = 2,
): Value {
  const name = g.graph.names.fresh('conv');
  const perRow = dims.slice(1).reduce((a, b) => a * b, 1);
  const factor = (row: number): number => 10 ** (-powers * (row / dims[0]!));
  const weights = randomTensor(dims, 3)
    .toFloat32()
    .map((value, at) => value * factor(Math.floor(at / perRow)));
  const bias = randomTensor([dims[0]!], 4)
    .toFloat32()
    .map((value, row) => value * factor(row));
  const inputs = [
    g.constant(`${name}_w`, Tensor.float32(dims, weights)),
    g.constant(`${name}_b`, Tensor.float32([dims[0]!], bias)),
  ];
  return g.node('Conv', [x, ...inputs], settings, { name });
}

const input = 'float32[1,4,9,9]';

function modelOf(build: (g: GraphBuilder, x: Value) => void): Model {
  return buildModel(17, (g) => build(g, g.input('x', input)));
}

/** The number of values that were equalized, what the outputs changed by, and the factors of the rows of a Conv. */
async function equalized(
  model: Model,
): Promise<{ count: number; difference: number; factorsOf: (name: string) => number[] }> {
  const samples = randomSamples(model, 5);
  const after = copyOf(model);
  const count = await equalizeChannels(after, sampleSet(samples), { threads: 1 });
  const difference = largestDifference(
    await outputsOf(model, samples[0]!),
    await outputsOf(after, samples[0]!),
  );
  const factorsOf = (name: string): number[] => {
    const [old, now] = [model, after].map((one) => {
      const node = [...one.graph.nodes()].find((candidate) => candidate.name === name)!;
      return node.inputs[1]!.constant!;
    }) as [Tensor, Tensor];
    const perRow = old.size / old.dims[0]!;
    return Array.from(
      { length: old.dims[0]! },
      (_, row) => now.toFloat32()[row * perRow]! / old.toFloat32()[row * perRow]!,
    );
  };
  return { count, difference, factorsOf };
}

interface Case {
  readonly name: string;
  readonly build: (g: GraphBuilder, x: Value) => void;
  readonly count: number;
}

const cases: readonly Case[] = [
  {
    name: 'Conv, Relu, Conv',
    count: 1,
    build: (g, x) => {
      g.output(uneven(g, g.node('Relu', [uneven(g, x, [8, 4, 3, 3])]), [5, 8, 3, 3]), 'y', 'float32');
    },
  },
  {
    name: 'Conv straight into Conv',
    count: 1,
    build: (g, x) => {
      g.output(uneven(g, uneven(g, x, [8, 4, 3, 3]), [5, 8, 1, 1]), 'y', 'float32');
    },
  },
  {
    name: 'a depthwise reader, then a pointwise one',
    count: 2,
    build: (g, x) => {
      const wide = g.node('Relu', [uneven(g, x, [8, 4, 1, 1])]);
      const deep = g.node('Relu', [uneven(g, wide, [8, 1, 3, 3], { group: 8, pads: [1, 1, 1, 1] })]);
      g.output(uneven(g, deep, [5, 8, 1, 1]), 'y', 'float32');
    },
  },
  {
    name: 'a reader in groups',
    count: 1,
    build: (g, x) => {
      g.output(
        uneven(g, g.node('Relu', [uneven(g, x, [8, 4, 3, 3])]), [6, 4, 1, 1], { group: 2 }),
        'y',
        'float32',
      );
    },
  },
  {
    name: 'several readers',
    count: 1,
    build: (g, x) => {
      const middle = g.node('Relu', [uneven(g, x, [8, 4, 3, 3])]);
      g.output(uneven(g, middle, [5, 8, 1, 1]), 'y', 'float32');
      g.output(uneven(g, middle, [3, 8, 3, 3]), 'z', 'float32');
    },
  },
  {
    name: 'weights that two Convs share: left alone, as they would be stored twice',
    count: 0,
    build: (g, x) => {
      const shared = g.constant('shared', randomTensor([4, 4, 1, 1], 8));
      const first = g.node('Conv', [x, shared], {}, { name: 'first' });
      const second = g.node('Conv', [g.node('Relu', [first]), shared], {}, { name: 'second' });
      g.output(second, 'y', 'float32');
    },
  },
  {
    name: 'a value with one reader that is no Conv: left alone',
    count: 0,
    build: (g, x) => {
      const middle = g.node('Relu', [uneven(g, x, [8, 4, 3, 3])]);
      g.output(uneven(g, middle, [5, 8, 1, 1]), 'y', 'float32');
      g.output(g.node('GlobalAveragePool', [middle]), 'z', 'float32');
    },
  },
  {
    name: 'an output of the graph: never scaled',
    count: 0,
    build: (g, x) => {
      const middle = g.node('Relu', [uneven(g, x, [8, 4, 3, 3])]);
      g.output(uneven(g, middle, [5, 8, 1, 1]), 'y', 'float32');
      g.output(middle, 'z', 'float32');
    },
  },
  {
    name: 'what is read as weights: left alone',
    count: 0,
    build: (g, x) => {
      const kernel = uneven(g, x, [4, 4, 3, 3]);
      g.output(g.node('Conv', [g.node('Concat', [x, x], { axis: 0 }), kernel]), 'y', 'float32');
    },
  },
  {
    name: 'a Clip between: left alone, as its ends are fixed',
    count: 0,
    build: (g, x) => {
      const ends = [0, 6].map((end) => g.constant(g.graph.names.fresh('end'), Tensor.float32([], [end])));
      g.output(
        uneven(g, g.node('Clip', [uneven(g, x, [8, 4, 3, 3]), ...ends]), [5, 8, 1, 1]),
        'y',
        'float32',
      );
    },
  },
];

describe('equalizeChannels', () => {
  it.each(cases)('keeps the outputs: $name', async ({ build, count }) => {
    const found = await equalized(modelOf(build));
    expect(found.count).toBe(count);
    expect(found.difference).toBeLessThan(1e-4);
    if (count === 0) expect(found.difference).toBe(0);
  });

  it('raises small channels, by bounded factors', async () => {
    const model = modelOf((g, x) => {
      g.output(
        uneven(g, g.node('Relu', [uneven(g, x, [8, 4, 3, 3], {}, 9)]), [5, 8, 1, 1], {}, 0),
        'y',
        'float32',
      );
    });
    const factors = (await equalized(model)).factorsOf('conv');
    expect(factors[7]! / factors[0]!).toBeGreaterThan(100);
    for (const factor of factors) {
      expect(factor).toBeLessThanOrEqual(64 * 1.0001);
      expect(factor).toBeGreaterThanOrEqual(1 / 64.01);
    }
  });
});
