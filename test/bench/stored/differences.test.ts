import { describe, expect, it } from 'vitest';
import { differencesOf, referenceRatio } from '../../../src/bench/stored/differences.js';
import { readStoredBaseline, type StoredBaseline } from '../../../src/bench/stored/stored-baseline.js';
import { speedupInterval } from '../../../src/bench/gate-numbers.js';
import { seededRandom } from '../../../src/tensor/random.js';

const stored: StoredBaseline = {
  schema: 'infer-opt/baseline@1',
  measured_at: '2026-01-02T03:04:05.678Z',
  environment: {
    cpu: { model: 'A', cores: 2, quota: null, instructions: ['avx2'] },
    onnxruntime: '1.30.0',
    os: { name: 'Linux', release: '6.1', arch: 'x64' },
    reference: { ms: 1, jitter: 0.01, drift: 0, samples: 50 },
  },
  settings: { threads: 1, concurrency: 1 },
  dataset: { name: 'd', sha256: 'd', samples: 4 },
  artifact: { path: 'm.onnx', sha256: 'm', bytes: 1, nodes: 1, load_ms: 1, peak_memory_bytes: 1 },
  batches: [{ batch: 1, blocks: [[1, 2]] }],
  answers: { top1: '1101' },
  values: {},
};
const now = stored.environment;

describe('a stored baseline', () => {
  it('is read back as it was written', () => {
    expect(readStoredBaseline(JSON.stringify(stored), 'b.json')).toEqual(stored);
  });

  it.each([
    ['{', 'b.json: this is no JSON'],
    [JSON.stringify({ ...stored, answers: { top1: '12' } }), 'answers.top1'],
    [JSON.stringify({ ...stored, batches: [{ batch: 1, blocks: [] }] }), 'batches.0.blocks'],
  ])('is refused: %s', (text, message) => {
    expect(() => readStoredBaseline(text, 'b.json')).toThrow(message);
  });

  it('of another processor is another machine; versions and speed are notes', () => {
    expect(differencesOf(stored, now)).toEqual({ machine: [], notes: [] });
    const other = { ...now, cpu: { ...now.cpu, model: 'B' } };
    expect(differencesOf(stored, other).machine).toEqual(['processor: A then, B now']);
    const slower = { ...now, onnxruntime: '1.31.0', reference: { ...now.reference!, ms: 1.1 } };
    expect(differencesOf(stored, slower)).toEqual({
      machine: [],
      notes: ['onnxruntime: 1.30.0 then, 1.31.0 now', 'the machine itself is 10.0% slower than it was then'],
    });
    expect(referenceRatio(stored, slower)).toBeCloseTo(1.1, 12);
    expect(referenceRatio(stored, { ...now, reference: null })).toBeUndefined();
  });

  it('gives intervals that hold what the machine itself may have changed', () => {
    const random = seededRandom(3);
    const blocks = (level: number): Float64Array[] =>
      Array.from({ length: 30 }, () => Float64Array.from({ length: 20 }, () => level * (1 + random() / 20)));
    const times = { baseline: blocks(1), blocks: blocks(1.1), paired: false };
    const [low, high] = speedupInterval(times, 1, 1.1)!;
    // The candidate looks slower by as much as the machine is.
    expect(low).toBeLessThan(1 / 1.1);
    expect(high).toBeGreaterThan(1 * 0.99);
    const unaware = speedupInterval(times, 1, 1)!;
    expect(unaware[1]).toBeLessThan(0.95);
    expect(high / unaware[1]).toBeCloseTo(1.1, 9);
  });
});
