import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/onnx/read.js';
import { encodeModel } from '../../src/onnx/write.js';
import { runPasses } from '../../src/passes/pipeline.js';
import { fullPasses, safePasses } from '../../src/passes/presets.js';
import type { Pass } from '../../src/passes/pass.js';
import { largestDifference, outputsOf, passContext, randomFeeds, type Feeds } from '../support/passes.js';
import { randomModel } from '../support/random-model.js';

const nightly = process.env.INFER_OPT_NIGHTLY === '1';
const runs = nightly ? 10_000 : 300;

/** A fresh copy, so that both sides start from the same file. */
async function fused(bytes: Uint8Array, passes: readonly Pass[], feeds: Feeds): ReturnType<typeof outputsOf> {
  const model = decodeModel(bytes);
  await runPasses(model, passes, passContext(model));
  const found = await outputsOf(model, feeds);
  const again = await runPasses(model, passes, passContext(model));
  expect(again.steps).toEqual([]);
  return found;
}

describe('random graphs', () => {
  it(
    `compute the same after every level, and a second run changes nothing (${runs} graphs)`,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 2 ** 30 }),
          fc.integer({ min: 2, max: 14 }),
          async (seed, size) => {
            const bytes = encodeModel(randomModel(seed, size));
            const original = decodeModel(bytes);
            const feeds = randomFeeds(original, seed);
            const before = await outputsOf(original, feeds);
            // Numbers that overflow on the way say nothing about a pass.
            fc.pre(
              [...before.values()].every((tensor) =>
                Array.from(tensor.toNumbers()).every((one) => Math.abs(one) < 1e6),
              ),
            );
            expect(largestDifference(before, await fused(bytes, safePasses, feeds))).toBe(0);
            expect(largestDifference(before, await fused(bytes, fullPasses, feeds))).toBeLessThan(1e-3);
          },
        ),
        { numRuns: runs, seed: nightly ? Date.now() : 7 },
      );
    },
    nightly ? 7_200_000 : 120_000,
  );
});
