import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanResult } from '../../src/serve/plan/plan-result.js';
import { encodeTiny, linear } from '../bench/tiny-models.js';
import { build, inferOpt } from './run-cli.js';

let folder = '';
beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-plan-'));
  await writeFile(join(folder, 'linear.onnx'), encodeTiny(linear(3, 2, [1, 2, 3, 4, 5, 6])));
  const latency = (mean: number): object => ({ mean, p50: mean, p90: mean, p95: null, p99: null });
  const bench = {
    schema: 'infer-opt/bench@1',
    artifacts: [
      { path: 'm', batches: [1, 4, 16].map((batch) => ({ batch, latency_ms: latency(4 + batch / 2) })) },
    ],
  };
  await writeFile(join(folder, 'bench.json'), JSON.stringify(bench));
  await writeFile(join(folder, 'b1.json'), JSON.stringify([{ latencyMs: 2 }, { latencyMs: 3 }]));
  await writeFile(join(folder, 'trace.txt'), '# ms\n0\n5\n20\n18\n');
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (...words: string[]) => inferOpt(['plan', ...words], { cwd: folder });

describe('plan', () => {
  it('measures, recommends, verifies, and what it says is what package writes', async () => {
    const flags = [
      '--rate',
      '50/s',
      '--slo',
      'p99 <= 1s',
      '--time',
      '1s',
      '--batch',
      '1,4',
      '--verify',
      '1s',
    ];
    const { exitCode, stdout } = await run('linear.onnx', ...flags, '--hardware', 't4', '--json');
    expect(exitCode).toBe(0);
    const plan = JSON.parse(stdout) as PlanResult;
    expect(plan.schema).toBe('infer-opt/plan@1');
    expect(plan.curve.map(({ batch }) => batch)).toEqual([1, 4]);
    expect(plan.recommendation!.meets_slo).toBe(true);
    expect(plan.verified[0]!.measured.throughput_per_s).toBeGreaterThan(20);
    expect(new Set(plan.estimates.map(({ device }) => device))).toEqual(new Set(['t4']));
    await writeFile(join(folder, 'plan.json'), stdout);
    const packed = await inferOpt(['package', 'linear.onnx', '-o', 'repository', '--plan', 'plan.json'], {
      cwd: folder,
    });
    expect(packed.exitCode).toBe(0);
    expect(packed.stderr).toBe('');
    const config = await readFile(join(folder, 'repository/linear/config.pbtxt'), 'utf8');
    expect(config).toContain(`max_batch_size: ${plan.recommendation!.settings.max_batch}`);
  });

  it('plans from the times of a bench without running anything', async () => {
    const { exitCode, stdout } = await run(
      'linear.onnx',
      '--rate',
      '400/s',
      '--curve',
      'bench.json',
      '--json',
    );
    expect(exitCode).toBe(0);
    const plan = JSON.parse(stdout) as PlanResult;
    expect(plan.environment).toBeNull();
    expect(plan.alternatives.no_batching.figures).toBeNull();
    expect(plan.recommendation!.settings.max_batch).toBeGreaterThan(1);
    const text = await run('linear.onnx', '--rate', '400/s', '--curve', 'bench.json');
    expect(text.stdout).toContain('does not keep up');
  });

  it.each([
    ['neither rate nor promise', ['linear.onnx'], 'a plan needs a rate or a promise'],
    ['a bad promise', ['linear.onnx', '--slo', 'fast'], 'no promise that can be kept'],
    ['a trace that goes back', ['linear.onnx', '--trace', 'trace.txt'], '18 is no time that follows'],
    ['no such file', ['none.onnx', '--rate', '5/s'], 'none.onnx'],
    [
      'times without a single request',
      ['linear.onnx', '--rate', '5', '--times', '8=b1.json'],
      'no time of a single',
    ],
    [
      'verification of foreign times',
      ['linear.onnx', '--rate', '5', '--times', '1=b1.json', '--verify', '1s'],
      '--verify',
    ],
    ['an unknown device', ['linear.onnx', '--rate', '5', '--hardware', 'gtx'], 'no device is called gtx'],
  ])('refuses %s', async (_, words, message) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(message);
  });
});
