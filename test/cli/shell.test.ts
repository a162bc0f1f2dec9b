import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, inferOpt, root } from './run-cli.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const escape = '\u001B[';

beforeAll(build, 180_000);

describe('help and version', () => {
  it('lists every command, on stdout, with exit status 0', async () => {
    const { exitCode, stdout, stderr } = await inferOpt(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const name of ['quantize', 'bench', 'doctor'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each([[['--help']], [['quantize', '--help']], [['bench', '--help']], [['doctor', '--help']]])(
    '%j fits into 80 columns',
    async (words) => {
      const { stdout } = await inferOpt(words);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  it('shows an example for a command', async () => {
    const { exitCode, stdout } = await inferOpt(['doctor', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('infer-opt doctor --json');
  });

  it('prints the version of package.json', async () => {
    expect(await inferOpt(['--version'])).toEqual({ exitCode: 0, stdout: version, stderr: '' });
  });

  it('without a command prints the help on stderr with exit status 2', async () => {
    const { exitCode, stdout, stderr } = await inferOpt([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: infer-opt');
  });
});

describe('bad usage', () => {
  it.each([
    [['doctr'], "error: unknown command 'doctr'", 'Did you mean doctor?'],
    [['doctor', '--jsn'], "error: unknown option '--jsn'", 'Did you mean --json?'],
    [['doctor', '--zzzz'], "error: unknown option '--zzzz'", 'see infer-opt doctor --help'],
    [['doctor', 'extra'], "error: too many arguments for 'doctor'", 'see infer-opt doctor --help'],
    [
      ['doctor', '--threads', '1.5'],
      "error: option '--threads <n>' argument '1.5' is invalid",
      'see infer-opt doctor --help',
    ],
    [['doctor', '--threads', '0'], 'It must be from 1 to 1024', 'see infer-opt doctor --help'],
    [['doctor', '--seed', '-1'], 'It must be from 0 to', 'see infer-opt doctor --help'],
    [['--zzzz'], "error: unknown option '--zzzz'", 'see infer-opt --help'],
  ])('%j: one line, a hint, exit status 2', async (words, message, hint) => {
    const { exitCode, stdout, stderr } = await inferOpt(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const lines = stderr.split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(message);
    expect(lines[1]).toBe(`  hint: ${hint}`);
  });

  it('shows where it came from with --verbose', async () => {
    const { exitCode, stderr } = await inferOpt(['doctor', '--verbose', '--zzzz']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^\s+at /m);
  });
});

describe('colour', () => {
  it('is not there when stderr is a pipe', async () => {
    expect((await inferOpt(['doctr'])).stderr).not.toContain(escape);
  });

  it('can be forced', async () => {
    expect((await inferOpt(['doctr'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(escape);
    expect((await inferOpt(['doctor'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(escape);
  });
});
