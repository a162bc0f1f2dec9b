/**
 * Times two things in turns, whichever is first changing from round to round, so that whatever else the machine does hits both.
 * @param {[() => Promise<unknown>, () => Promise<unknown>]} runs
 * @param {number} seconds  for both together
 */
export async function takeTurns(runs, seconds) {
  const time = async (/** @type {() => Promise<unknown>} */ run) => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
  for (let i = 0; i < 5; i++) for (const run of runs) await time(run);
  const once = Math.max(0.02, Math.min(await time(runs[0]), await time(runs[1])));
  const count = Math.max(1, Math.min(100, Math.round(10 / once)));
  /** @type {[Float64Array[], Float64Array[]]} */
  const blocks = [[], []];
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < 12 || performance.now() < end; round++) {
    for (const side of /** @type {(0 | 1)[]} */ (round % 2 === 0 ? [0, 1] : [1, 0])) {
      const block = [];
      for (let i = 0; i < count; i++) block.push(await time(runs[side]));
      blocks[side].push(Float64Array.from(block));
    }
  }
  const [a, b] = blocks;
  return { a: { blocks: a, median: median(a) }, b: { blocks: b, median: median(b) } };
}

function median(/** @type {Float64Array[]} */ blocks) {
  const sorted = Float64Array.from(blocks.flatMap((block) => [...block])).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
