import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatType } from '../../../src/ir/types.js';
import { decodeModel, readModel } from '../../../src/onnx/read.js';
import { encodeModel } from '../../../src/onnx/write.js';
import { TypeFacts } from '../../../src/passes/types/infer-types.js';
import { Symbolic } from '../../../src/passes/types/symbolic.js';
import { inferShapes } from '../../../src/runtime/shapes.js';
import type { Model } from '../../../src/ir/model.js';
import { randomModel } from '../../support/random-model.js';

/** Values whose type by the rules is not the one that the runtime tells: another element type, rank or length. */
async function contradictions(model: Model): Promise<string[]> {
  const twin = decodeModel(encodeModel(model));
  new TypeFacts().update(model);
  await inferShapes(twin);
  const found: string[] = [];
  for (const value of model.graph.values()) {
    const [own, told] = [value.type, twin.graph.get(value.name)?.type];
    // The runtime merges Casts that follow each other, and then tells the type of what is left.
    if (
      value.producer === undefined ||
      value.producer.is('Cast') ||
      own?.kind !== 'tensor' ||
      told?.kind !== 'tensor'
    )
      continue;
    const differs =
      own.dtype !== told.dtype ||
      (own.dims !== undefined &&
        told.dims !== undefined &&
        (own.dims.length !== told.dims.length ||
          own.dims.some(
            (dim, axis) =>
              typeof dim === 'number' && typeof told.dims![axis] === 'number' && dim !== told.dims![axis],
          )));
    if (differs) found.push(`${value.producer.label}: ${formatType(own)}, the runtime: ${formatType(told)}`);
  }
  return found;
}

describe('TypeFacts', () => {
  it('never contradicts the runtime on random graphs', async () => {
    for (let seed = 1; seed <= 40; seed++) expect(await contradictions(randomModel(seed, 12))).toEqual([]);
  });

  const models = resolve(import.meta.dirname, '../../../../shared/real/models');
  it.skipIf(!existsSync(models))('nor on real models (skipped without ../shared/real)', async () => {
    for (const name of ['resnet20-cifar10', 'gtcrn-gru', 'bert-mlm-untrained', 'silero-vad', 'magika'])
      expect(await contradictions(await readModel(`${models}/${name}.onnx`))).toEqual([]);
  });
});

describe('Symbolic', () => {
  const symbolic = new Symbolic();

  it('writes equal lengths in one way', () => {
    expect(symbolic.multiply(symbolic.add('a', 'b'), 2)).toBe(
      symbolic.add(symbolic.multiply('b', 2), symbolic.multiply(2, 'a')),
    );
    expect(symbolic.subtract(symbolic.add('past', 'now'), 'past')).toBe('now');
    expect(symbolic.divideEvenly(symbolic.product(['batch', 7, 8]), 56)).toBe('batch');
    expect(symbolic.subtract('a', 'a')).toBe(0);
  });

  it('knows nothing where nothing is certain', () => {
    expect(symbolic.divideEvenly('a', 2)).toBeUndefined();
    expect(symbolic.add('a', undefined)).toBeUndefined();
    expect(symbolic.divide('a', 2)).toBe(symbolic.divide('a', 2));
  });
});
