import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/distill/gradients/list.js';
import { firstForms } from '../../src/distill/gradients/convolution/choose.js';
import { imageForms } from '../../src/distill/gradients/convolution/image-forms.js';
import { weightForms } from '../../src/distill/gradients/convolution/weight-forms.js';
import { resizeMatrix, type ResizeRule } from '../../src/distill/gradients/resize-matrix.js';
import { openSession } from '../../src/runtime/session.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, randomTensor } from '../support/build.js';
import { cases, makeCase } from './gradient-cases.js';
import { gradientDistances } from './gradient-check.js';

const tolerance = 1e-3;

describe('gradients against central differences in float64', () => {
  it('are tried for every operator that has one', () => {
    const tried = new Set(cases.map(([operator]) => operator));
    const missing = gradients
      .map(({ domain, operator }) => (domain === undefined ? operator : `${domain}.${operator}`))
      .filter((operator) => !tried.has(operator));
    expect(missing).toEqual(['Resize']);
  });

  it.each(cases)('%s', async (_, make) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const { model, inputs, names } = makeCase(make, seed);
        for (const { input, relative } of await gradientDistances(model, inputs, names, { seed })) {
          expect(relative, `${input} of seed ${seed}`).toBeLessThan(tolerance);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('forms of convolution gradients', () => {
  const [, convolution] = cases.find(([operator]) => operator === 'Conv')!;
  it.each(weightForms.map(({ name }) => [name] as const))(
    '%s gives the gradient of the weights',
    async (name) => {
      for (let seed = 1; seed <= 25; seed++) {
        const { model, inputs } = makeCase(convolution, seed);
        const forms = {
          ...firstForms,
          weight: (site: Parameters<(typeof weightForms)[0]['fits']>[0]) =>
            weightForms.find((form) => form.name === name && form.fits(site)) ?? weightForms[0]!,
        };
        const [distance] = await gradientDistances(model, inputs, ['x1'], { seed, forms });
        expect(distance!.relative, `seed ${seed}`).toBeLessThan(tolerance);
      }
    },
  );

  it.each(imageForms.map(({ name }) => [name] as const))(
    '%s gives the gradient of the image',
    async (name) => {
      for (let seed = 1; seed <= 25; seed++) {
        const { model, inputs } = makeCase(convolution, seed);
        const forms = {
          ...firstForms,
          image: (site: Parameters<(typeof imageForms)[0]['fits']>[0]) =>
            imageForms.find((form) => form.name === name && form.fits(site)) ?? imageForms[0]!,
        };
        const [distance] = await gradientDistances(model, inputs, ['x0'], { seed, forms });
        expect(distance!.relative, `seed ${seed}`).toBeLessThan(tolerance);
      }
    },
  );
});

describe('resize', () => {
  const modes = ['nearest', 'linear'] as const;
  const coordinates = ['asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners'] as const;
  const nearest = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;
  const rules: ResizeRule[] = modes.flatMap((mode) =>
    coordinates.flatMap((coordinate) =>
      nearest.map((one) => ({ mode, coordinates: coordinate, nearest: one })),
    ),
  );

  it.each(rules)('is the matrix that the runtime multiplies with: %o', async (rule) => {
    for (const [from, to] of [
      [3, 7],
      [5, 3],
      [4, 8],
      [6, 2],
    ] as const) {
      const x = randomTensor([1, 1, from, 1], 3);
      const settings = {
        mode: rule.mode,
        coordinate_transformation_mode: rule.coordinates,
        nearest_mode: rule.nearest,
      };
      const model = buildModel(20, (g) => {
        const sizes = g.constant('sizes', Tensor.int64([4], [1, 1, to, 1]));
        g.output(
          g.node('Resize', [g.input('x', `float32[1,1,${from},1]`), undefined, undefined, sizes], settings),
          'y',
          'float32',
        );
      });
      const session = await openSession(model);
      const found = (await session.run(new Map([['x', x]]))).get('y')!.toNumbers();
      await session.close();
      const matrix = resizeMatrix(rule, from, to, to / from);
      const values = x.toNumbers();
      for (let row = 0; row < to; row++) {
        let sum = 0;
        for (let column = 0; column < from; column++) sum += matrix[row * from + column]! * values[column]!;
        expect(found[row]).toBeCloseTo(sum, 5);
      }
    }
  });
});
