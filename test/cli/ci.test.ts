import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseGatesFile } from '../../src/gates/gates-file.js';
import { parseGate } from '../../src/gates/parse.js';
import { build, root } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-ci-'));
const script = join(root, 'scripts', 'ci', 'gate.sh');
const model = join(root, 'fixtures', 'glyphs-resnet.onnx');

beforeAll(build, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (...parts: string[]): string => readFileSync(join(root, ...parts), 'utf8');

async function gate(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<{
  exitCode: number | undefined;
  stderr: string;
  outputs: string;
  summary: string;
  file: (name: string) => string;
}> {
  const file = (one: string): string => join(folder, name, one);
  const { exitCode, stderr } = await execa('bash', [script], {
    reject: false,
    extendEnv: false,
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: join(folder, `${name}-outputs`),
      GITHUB_STEP_SUMMARY: join(folder, `${name}-summary`),
      GATE_OUTPUT: join(folder, name),
      GATE_BASELINE: model,
      GATE_DATA: join(root, 'fixtures', 'glyphs-resnet.yaml'),
      GATE_TIME: '500ms',
      GATE_ARGS: '--samples\n20',
      ...env,
    },
  });
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    exitCode,
    stderr,
    outputs: read(join(folder, `${name}-outputs`)),
    summary: read(join(folder, `${name}-summary`)),
    file,
  };
}

describe('the script of the action', () => {
  it('fails with its gate, and leaves reports, annotations, a summary and outputs behind', async () => {
    const { exitCode, stderr, outputs, summary, file } = await gate('fails', {
      GATE_CANDIDATES: model,
      GATE_GATES: '\n  speedup >= 50\n  warn: size <= 0.5x  \n\n',
    });
    expect(exitCode).toBe(1);
    expect(outputs.split('\n')[0]).toBe('verdict=fail');
    expect(outputs).toContain(`report=${file('report.html')}`);
    expect(readFileSync(file('report.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(readFileSync(file('junit.xml'), 'utf8')).toContain('failures="1" errors="0" skipped="1"');
    expect(stderr).toMatch(/^::error title=speedup >= 50%3A fail::/m);
    expect(stderr).toMatch(/^::warning title=size <= 0\.5x%3A fail::/m);
    expect(summary).toContain('## ❌ infer-opt: fail');
  }, 60_000);

  it('stores a baseline and compares with it', async () => {
    const stored = join(folder, 'baseline.json');
    const first = await gate('stores', { GATE_SAVE_BASELINE: stored, GATE_GATES: 'top1 >= 0.5' });
    expect(first.exitCode).toBe(0);
    const second = await gate('compares', {
      GATE_AGAINST: stored,
      GATE_GATES: 'speedup >= 0.01\ntop1.drop <= 0',
    });
    expect(second.outputs).toContain('verdict=pass');
    const result = JSON.parse(readFileSync(second.file('result.json'), 'utf8')) as {
      against: { file: string };
      artifacts: { role: string }[];
    };
    expect(result.against.file).toBe(stored);
    expect(result.artifacts.map(({ role }) => role)).toEqual(['baseline', 'candidate']);
  }, 60_000);

  it('runs nothing that stands in its inputs, and ends with 2 on bad ones', async () => {
    const trap = join(folder, 'trap');
    const { exitCode, outputs, stderr } = await gate('bad', { GATE_GATES: `$(touch ${trap}) >= 2` });
    expect(exitCode).toBe(2);
    expect(existsSync(trap)).toBe(false);
    expect(outputs).toBe('verdict=\n');
    expect(stderr).toContain('expected the name of a metric');
  }, 60_000);
});

describe('the files for CI systems', () => {
  it('action.yml hands each input to the script under a name that it reads', () => {
    const action = parse(textOf('action.yml')) as {
      inputs: Record<string, unknown>;
      runs: { steps: { id?: string; env?: Record<string, string> }[] };
    };
    const env = action.runs.steps.find(({ id }) => id === 'gate')!.env!;
    const given = Object.values(env).map((value) => /inputs\.([\w-]+)/.exec(value)?.[1]);
    expect(given.sort()).toEqual(Object.keys(action.inputs).sort());
    const reads = textOf('scripts', 'ci', 'gate.sh');
    expect(Object.keys(env).filter((name) => !reads.includes(name))).toEqual([]);
  });

  it('examples hold gates that can be read', () => {
    const github = parse(textOf('examples', 'ci', 'github.yml')) as {
      jobs: { gate: { steps: { with?: { gates?: string } }[] } };
    };
    const gates = github.jobs.gate.steps.find((step) => step.with?.gates !== undefined)!.with!.gates!;
    expect(gates.trim().split('\n').map(parseGate)).toHaveLength(3);
    expect(parseGatesFile(textOf('examples', 'ci', 'gates.yaml'), 'gates.yaml')).toHaveLength(4);
    expect(parse(textOf('examples', 'ci', 'gitlab.yml'))).toHaveProperty('model-gate.script');
  });
});
