import { readFileSync, statSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDataset } from '../src/data/dataset.js';
import { openSession } from '../src/runtime/session.js';

const folder = new URL('../fixtures/', import.meta.url).pathname;
const recorded = z
  .record(
    z.string(),
    z.object({ samples: z.number(), top1: z.number().optional(), f1: z.number().optional() }),
  )
  .parse(JSON.parse(readFileSync(`${folder}fixtures.json`, 'utf8')));

/** Sums of the runtime round differently from processor to processor, which may turn an answer or two. */
const tolerance = 0.01;

interface Answer {
  readonly id: number;
  readonly label: number | undefined;
  readonly outputs: readonly Float32Array[];
}

/** Every sample of both parts through the model, one at a time. */
async function answers(name: string): Promise<Answer[]> {
  const session = await openSession(`${folder}${name}.onnx`, { threads: 1 });
  const inputs = session.inputs.map(({ name: input, dtype, dims }) => ({ name: input, dtype: dtype!, dims }));
  const dataset = await openDataset(`${folder}${name}.yaml`, inputs);
  const found: Answer[] = [];
  for (const set of [dataset.calibrate, dataset.evaluate]) {
    for (let i = 0; i < set.size; i++) {
      const sample = await set.get(i);
      const results = [...(await session.run(sample.inputs)).values()];
      const outputs = results.map((output) => output.values() as Float32Array);
      found.push({ id: Number(sample.id), label: sample.label, outputs });
    }
  }
  await session.close();
  return found;
}

const classifiers = Object.entries(recorded).filter(([, { top1 }]) => top1 !== undefined);

describe('the fixture models', () => {
  it('are five, and take less than 5 MB', () => {
    const names = Object.keys(recorded);
    expect(names).toHaveLength(5);
    const files = names.flatMap((name) => [`${name}.onnx`, `data/${name}.npz`]);
    const bytes = files.reduce((sum, file) => sum + statSync(`${folder}${file}`).size, 0);
    expect(bytes).toBeLessThan(5e6);
  });

  it.each(classifiers)('%s is as accurate as recorded', async (name, { samples, top1 }) => {
    const all = await answers(name);
    expect(all).toHaveLength(samples);
    const right = all.filter(
      ({ label, outputs: [scores] }) => scores!.indexOf(Math.max(...scores!)) === label,
    );
    expect(Math.abs(right.length / samples - top1!)).toBeLessThanOrEqual(tolerance);
    // Neither a model that guesses nor a task that loses nothing would show what quantizing costs.
    expect(top1).toBeGreaterThan(0.85);
    expect(top1).toBeLessThan(0.98);
  });

  it('boxes-detector finds as many shapes as recorded', async () => {
    const expected = recorded['boxes-detector']!;
    const all = await answers('boxes-detector');
    expect(all).toHaveLength(expected.samples);
    const files = unzipSync(readFileSync(`${folder}data/boxes-detector.npz`));
    // The header of an .npy file says at byte 8 how long it is.
    const values = (file: string): ArrayBuffer => {
      const bytes = files[file]!;
      return bytes.slice(10 + bytes[8]! + 256 * bytes[9]!).buffer;
    };
    const boxes = new Float32Array(values('boxes.npy'));
    const kinds = new Uint8Array(values('kinds.npy'));

    let hits = 0;
    let total = 0;
    for (const { id, outputs } of all) {
      const truth = [2 * id, 2 * id + 1].filter((at) => kinds[at] !== 255);
      const found = shapesIn(outputs[0]!, outputs[1]!);
      const open = new Set(truth);
      for (const shape of found) {
        const match = truth.find(
          (at) => open.has(at) && kinds[at] === shape.kind && iou(shape.box, boxes.subarray(4 * at)) >= 0.5,
        );
        if (match !== undefined) open.delete(match);
      }
      hits += truth.length - open.size;
      total += truth.length + found.length;
    }
    expect(Math.abs((2 * hits) / total - expected.f1!)).toBeLessThanOrEqual(tolerance);
  });
});

/** Cells with a score above 0.4, best first, without those that overlap a better one by more than 0.4. */
function shapesIn(scores: Float32Array, boxes: Float32Array): { kind: number; box: Float32Array }[] {
  const byScore = [...scores.keys()]
    .filter((at) => scores[at]! > 0.4)
    .sort((a, b) => scores[b]! - scores[a]!);
  const kept: { kind: number; box: Float32Array }[] = [];
  for (const at of byScore) {
    const box = boxes.subarray(4 * Math.floor(at / 3), 4 * Math.floor(at / 3) + 4);
    if (kept.every((other) => iou(other.box, box) <= 0.4)) kept.push({ kind: at % 3, box });
  }
  return kept;
}

/** Intersection over union of [centre x, centre y, width, height]. */
function iou(a: Float32Array, b: Float32Array): number {
  const along = (axis: number): number =>
    Math.min(a[axis]! + a[axis + 2]! / 2, b[axis]! + b[axis + 2]! / 2) -
    Math.max(a[axis]! - a[axis + 2]! / 2, b[axis]! - b[axis + 2]! / 2);
  const shared = Math.max(0, along(0)) * Math.max(0, along(1));
  return shared / (a[2]! * a[3]! + b[2]! * b[3]! - shared);
}
