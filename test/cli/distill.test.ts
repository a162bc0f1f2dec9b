import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DistillResult } from '../../src/distill/result.js';
import { build, inferOpt, root } from './run-cli.js';

const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
const data = ['--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--split', 'calibrate=32,evaluate=16'];
let folder = '';
let student = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-distill-'));
  student = join(folder, 'student.onnx');
  const words = ['prune', model, '-o', student, '--scheme', '2:4', '--no-repair', '--no-measure', ...data];
  expect((await inferOpt(words)).exitCode).toBe(0);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('distill', () => {
  it('trains what prune left, keeps its pattern, and says in JSON what came of it', async () => {
    const out = join(folder, 'out.onnx');
    const words = [
      'distill',
      student,
      '-o',
      out,
      '--teacher',
      model,
      ...data,
      '--epochs',
      '3',
      '--batch',
      '8',
    ];
    const { exitCode, stdout, stderr } = await inferOpt([...words, '--json']);
    expect(exitCode, stderr).toBe(0);
    const result = JSON.parse(stdout) as DistillResult;
    expect(result).toMatchObject({
      schema: 'infer-opt/distill@1',
      data: { learned: 29, held_back: 3, evaluated: 16 },
      training: { stopped: 'finished', steps: 9, batch: 8 },
    });
    expect(result.training.masks.weights).toBeGreaterThan(3);
    expect(result.evaluated!.loss.after).toBeLessThan(result.evaluated!.loss.before);
    const inspected = await inferOpt(['inspect', out, '--json']);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ zeros: { pattern: { '2:4': true } } });
  });

  it.each([
    ['no end', [], 'nothing says how long to train'],
    ['an unknown augmentation', ['--epochs', '1', '--augment', 'turn'], 'there is no augmentation turn'],
    ['a size without unit', ['--epochs', '1', '--memory', '500'], 'a size with its unit'],
    ['too little memory', ['--epochs', '1', '--memory', '1KB'], 'one sample of a training step needs'],
  ])('refuses %s, and writes nothing', async (what, more, message) => {
    const out = join(folder, 'refused.onnx');
    const words = ['distill', student, '-o', out, '--teacher', model, ...data, ...more];
    const { exitCode, stdout, stderr } = await inferOpt(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: what === 'too little memory' ? 3 : 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
  });
});
