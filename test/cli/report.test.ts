import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullResult, result } from '../report/sample-result.js';
import { comparison } from '../report/sample-comparison.js';
import { build, inferOpt } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-report-'));
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  build();
  writeFileSync(file('a.json'), JSON.stringify(fullResult()));
  writeFileSync(file('b.json'), JSON.stringify(result({})));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('report', () => {
  it.each([
    ['html', /^<!doctype html>/],
    ['md', /^## ❌ infer-opt: fail/],
    ['junit', /^<\?xml /],
  ])('prints %s on stdout', async (format, start) => {
    const { exitCode, stdout, stderr } = await inferOpt(['report', file('a.json'), '--to', format]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(start);
  });

  it('merges results into a file that it reads again', async () => {
    const merged = file('all.json');
    const words = ['report', 'merge', file('a.json'), file('b.json'), '-o', merged];
    expect(await inferOpt(words)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(merged, 'utf8'))).toMatchObject({
      schema: 'infer-opt/report@1',
      verdict: 'fail',
      results: [{ verdict: 'fail' }, { verdict: 'pass' }],
    });
    const { stdout } = await inferOpt(['report', merged, '--to', 'junit']);
    expect(stdout.match(/<testsuite /g)).toHaveLength(2);
  });

  it('shows comparisons alone or beside the bench result of their candidate', async () => {
    const { path } = fullResult().artifacts[1]!;
    writeFileSync(file('d.json'), JSON.stringify(comparison(path)));
    writeFileSync(file('e.json'), JSON.stringify(comparison('other.onnx')));
    expect((await inferOpt(['report', file('d.json'), '--to', 'md'])).stdout).toMatch(/^## infer-opt: where/);
    const both = await inferOpt(['report', file('a.json'), file('d.json')]);
    expect(both).toMatchObject({ exitCode: 0, stderr: '' });
    expect(both.stdout).toContain('id="r0-layers-1"');
    const other = await inferOpt(['report', file('a.json'), file('e.json')]);
    expect(other).toMatchObject({ exitCode: 2, stdout: '' });
    expect(other.stderr).toContain('other.onnx is no candidate of this bench result');
    for (const words of [
      [file('d.json'), file('e.json')],
      [file('a.json'), file('d.json'), '--to', 'md'],
      ['merge', file('a.json'), file('d.json')],
    ])
      expect((await inferOpt(['report', ...words])).exitCode).toBe(2);
  });

  it.each([
    ['md', /^## ❌ infer-opt: fail/],
    ['xml', /^<\?xml /],
    ['html', /^<!doctype html>/],
    ['json', /^\{/],
  ])('writes what a file that ends with .%s should hold', async (ending, start) => {
    const output = file(`shown.${ending}`);
    expect((await inferOpt(['report', file('a.json'), '-o', output])).exitCode).toBe(0);
    expect(readFileSync(output, 'utf8')).toMatch(start);
  });

  it('refuses what is no result, and to write over what it reads', async () => {
    writeFileSync(file('c.json'), '{}');
    const wrong = await inferOpt(['report', file('c.json'), '-o', file('c.html')]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('this is no bench result');
    expect(existsSync(file('c.html'))).toBe(false);
    expect((await inferOpt(['report', file('a.json'), '-o', file('a.json')])).exitCode).toBe(2);
    expect((await inferOpt(['report', file('nowhere.json')])).stderr).toContain(
      'nowhere.json: it cannot be read',
    );
  });
});
