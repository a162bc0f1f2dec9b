import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.js';
import { fuseModel } from '../../src/fuse/fuse.js';
import { parseGate } from '../../src/gates/parse.js';
import { quantizeModel } from '../../src/quantize/quantize.js';
import { runRecipe } from '../../src/recipe/run-recipe.js';
import { propose } from '../../src/search/candidates/propose.js';
import { optimize } from '../../src/search/optimize.js';
import { partSamples } from '../../src/search/samples.js';
import { transformNamed } from '../../src/search/transforms/named.js';
import { readModel } from '../../src/onnx/read.js';
import { x86 } from '../../src/quantize/targets/x86.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const model = fixture('glyphs-resnet.onnx');
const data = fixture('glyphs-resnet.yaml');
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-search-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const sum = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const few = { seed: 1, split: { calibrate: 16, evaluate: 48 } };

describe('candidates', () => {
  it('are proposed in turns of the kinds that fit the model', async () => {
    const context = { target: x86, isThisMachine: true, pruneRatios: [0.3], gates: [] };
    const names = propose({ ...context, model: await readModel(model) }, {}).map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual(expect.arrayContaining(['float', 'static', 'pruned-0.3']));
    expect(new Set(names).size).toBe(names.length);
    const transformer = await readModel(fixture('tokens-transformer.onnx'));
    const only = propose({ ...context, model: transformer }, { only: ['dynamic'] });
    expect(only.map(({ name }) => name)).toEqual(['dynamic']);
    expect(() => propose({ ...context, model: transformer }, { skip: ['best'] })).toThrow('"best"');
  });

  it('mix integers and floats where a gate asks for accuracy that quantize can look at', async () => {
    const gates = ['speedup >= 2', 'warn: cosine >= 0.99', 'top1.drop <= 0.01'].map(parseGate);
    const context = { target: x86, isThisMachine: true, pruneRatios: [], model: await readModel(model) };
    const mixed = propose({ ...context, gates }, {}).find(({ name }) => name === 'static-mixed');
    expect(mixed?.steps[0]?.settings).toMatchObject({ mode: 'static', gate: 'top1.drop <= 0.01' });
    const { transform, settings } = mixed!.steps[0]!;
    expect(transformNamed(transform).flags(settings)).toEqual(
      expect.arrayContaining(['--gate', 'top1.drop <= 0.01']),
    );
    const without = propose({ ...context, gates: gates.slice(0, 2) }, {});
    expect(without.map(({ name }) => name)).not.toContain('static-mixed');
  });
});

describe('parting samples', () => {
  it('keeps what is judged away from what the search sees', async () => {
    const dataset = await openDataset(data, [{ name: 'input', dtype: 'float32', dims: [1, 1, 28, 28] }], {
      split: { calibrate: 10, evaluate: 30 },
    });
    const { search, heldOut } = partSamples(dataset, 1);
    const ids = async (set: typeof search): Promise<string[]> =>
      Promise.all(Array.from({ length: set.size }, async (_, i) => (await set.get(i)).id));
    const [seen, unseen] = [await ids(search), await ids(heldOut)];
    expect([seen.length, unseen.length]).toEqual([20, 20]);
    expect(seen.filter((id) => unseen.includes(id))).toEqual([]);
    expect(await ids(partSamples(dataset, 1).search)).toEqual(seen);
    expect(await ids(partSamples(dataset, 2).search)).not.toEqual(seen);
  });
});

describe('optimize', () => {
  const output = join(folder, 'glyphs');
  const cache = join(folder, 'cache');
  const request = {
    model,
    data,
    dataset: few,
    gates: ['top1.drop <= 0.2', 'size <= 0.5x'],
    timeMs: 60_000,
    only: ['static'],
    cache,
  };

  it('finds an artifact that is faster and holds the gates, judged on unseen samples', async () => {
    const result = await optimize({ ...request, output });
    expect(result.schema).toBe('infer-opt/optimize@1');
    expect(result.dataset).toMatchObject({ calibrate: 16, search: 32, held_out: 32 });
    expect(result.winner.name).toMatch(/^static/);
    expect(result.winner.judged).toBe(true);
    expect(result.winner.speedup).toBeGreaterThan(1);
    expect(result.verdict).not.toBe('fail');
    expect(result.gates.map(({ artifact }) => artifact)).toEqual([result.winner.path, result.winner.path]);
    expect(existsSync(result.winner.path)).toBe(true);
    expect(result.front.length).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(join(output, 'optimize.json'), 'utf8'))).toEqual(result);
    const won = result.candidates.find(({ name }) => name === result.winner.name)!;
    expect(won.sha256).toBe(sum(result.winner.path));
    // What the command says makes the same bytes.
    const again = join(folder, 'again.onnx');
    const flag = (name: string): string | undefined => new RegExp(`--${name} (\\S+)`).exec(won.command)?.[1];
    await quantizeModel({
      model,
      data,
      dataset: few,
      output: again,
      mode: flag('mode'),
      target: flag('target'),
      calibration: flag('calibration'),
      rounding: flag('rounding') as 'nearest' | undefined,
      equalize: !won.command.includes('--no-equalize'),
      measure: false,
    });
    expect(sum(again)).toBe(won.sha256);
    // So does its recipe.
    const run = await runRecipe({ recipe: join(output, 'recipe.yaml') });
    expect(run.jobs[0]?.sha256).toBe(won.sha256);
  }, 120_000);

  it('repeats nothing that is in the cache, and ends with the same artifact', async () => {
    const before = JSON.parse(readFileSync(join(output, 'optimize.json'), 'utf8')) as typeof result;
    const result = await optimize({ ...request, output, force: true });
    expect(result.cache?.missing).toBe(0);
    expect(result.winner).toEqual(before.winner);
    expect(result.candidates).toEqual(before.candidates);
  }, 60_000);

  it('keeps the original where nothing is faster', async () => {
    // float is the same model again: it cannot be faster beyond doubt, and is no smaller.
    const fused = join(folder, 'fused.onnx');
    await fuseModel({ model, output: fused, level: 'basic', opset: 17 });
    const result = await optimize({
      ...request,
      model: fused,
      gates: [],
      only: ['float'],
      output: join(folder, 'kept'),
      timeMs: 5000,
      cache: null,
    });
    expect(result.warnings[0]).toBe('no gate was given: the artifact has to hold top1.drop <= 0.01');
    if (result.winner.name === 'original') {
      expect(result.winner).toMatchObject({ path: fused, command: null });
    } else {
      expect(
        result.candidates.find(({ judged }) => judged !== null)!.judged!.speedup!.ci95![0],
      ).toBeGreaterThan(1);
    }
  }, 60_000);

  it('leaves nothing where the folder is to be, or beside it, when it cannot begin', async () => {
    const there = join(folder, 'there');
    mkdirSync(there);
    await expect(optimize({ ...request, output: there })).rejects.toThrow('exists');
    writeFileSync(join(there, 'mine'), '');
    await expect(optimize({ ...request, output: there, force: true })).rejects.toThrow('other things');
    const wrong = { ...request, output: join(folder, 'never') };
    await expect(optimize({ ...wrong, gates: ['top9 <= 1'] })).rejects.toThrow('top9');
    await expect(optimize({ ...wrong, data: undefined })).rejects.toThrow('needs labels');
    expect(readdirSync(folder).filter((name) => name.startsWith('.') || name === 'never')).toEqual([]);
  });

  it('gives what it has when it is stopped', async () => {
    const abort = new AbortController();
    const result = await optimize({
      ...request,
      output: join(folder, 'stopped'),
      signal: abort.signal,
      cache: null,
      // Stopped when the second candidate is named.
      progress: {
        start: () => ({
          advance: () => undefined,
          note: (text) => {
            if (text === 'static-minmax') abort.abort();
          },
          done: () => undefined,
        }),
      },
    });
    expect(result).toMatchObject({ interrupted: true });
    expect(result.winner.judged).toBe(false);
    expect(result.candidates.map(({ state }) => state).slice(0, 2)).toEqual(['measured', 'skipped']);
    expect(result.verdict).not.toBe('pass');
    expect(existsSync(join(folder, 'stopped', 'static.onnx'))).toBe(true);
  }, 60_000);

  it('removes what a killed run left, and not what a living one is at', async () => {
    const result = join(folder, 'leftover');
    const [, own] = readOwnStaging();
    const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
    const left = join(folder, `.leftover.${own}-${dead}-00000000.partial`);
    const living = join(folder, `.leftover.${own}-${process.ppid}-00000000.partial`);
    mkdirSync(left);
    mkdirSync(living);
    await expect(optimize({ ...request, gates: ['top9 <= 1'], output: result })).rejects.toThrow();
    expect([existsSync(left), existsSync(living)]).toEqual([false, true]);
    rmSync(living, { recursive: true });
  });
});

/** The number that stands for this machine in the names of unfinished folders. */
function readOwnStaging(): [string, string] {
  const hostname = execFileSync('hostname', { encoding: 'utf8' }).trim();
  return [hostname, createHash('sha256').update(hostname).digest('hex').slice(0, 8)];
}
