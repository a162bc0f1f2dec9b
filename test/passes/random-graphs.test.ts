import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/onnx/read.js';
import { encodeModel } from '../../src/onnx/write.js';
import { runPasses } from '../../src/passes/pipeline.js';
import { basicPasses, fullPasses, safePasses } from '../../src/passes/presets.js';
import type { Pass } from '../../src/passes/pass.js';
import { largestDifference, outputsOf, passContext, randomFeeds, type Feeds } from '../support/passes.js';
import { randomModel } from '../support/random-model.js';

const nightly = process.env.INFER_OPT_NIGHTLY === '1';
const runs = nightly ? 10_000 : 300;

/** In how many graphs a pass changed something. */
const changes = new Map<string, number>();

/** A fresh copy, so that both sides start from the same file. */
async function fused(bytes: Uint8Array, passes: readonly Pass[], feeds: Feeds): ReturnType<typeof outputsOf> {
  const model = decodeModel(bytes);
  const report = await runPasses(model, passes, passContext(model));
  for (const name of new Set(report.steps)) changes.set(name, (changes.get(name) ?? 0) + 1);
  const found = await outputsOf(model, feeds);
  const again = await runPasses(model, passes, passContext(model));
  expect(again.steps).toEqual([]);
  return found;
}

describe('random graphs', () => {
  it(
    `compute the same after every level, and a second run changes nothing (${runs} graphs)`,
    async () => {
      const seed = nightly ? Date.now() % 2 ** 31 : 7;
      let [compared, nodes] = [0, 0];
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
            expect(largestDifference(before, await fused(bytes, basicPasses, feeds))).toBeLessThan(1e-3);
            expect(largestDifference(before, await fused(bytes, fullPasses, feeds))).toBeLessThan(1e-3);
            compared += 1;
            nodes += original.graph.nodeCount;
            if (nightly && compared % 1000 === 0)
              process.stdout.write(`${compared} graphs of ${nodes} nodes compared at three levels\n`);
          },
        ),
        { numRuns: runs, seed },
      );
      expect(compared).toBeGreaterThanOrEqual(runs);
      if (nightly) {
        const told = [...changes].map(([name, count]) => `${name} ${count}`).sort();
        process.stdout.write(`seed ${seed}, graphs changed by pass: ${told.join(', ')}\n`);
      }
    },
    nightly ? 7_200_000 : 120_000,
  );
});
