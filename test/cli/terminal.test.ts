import { describe, expect, it } from 'vitest';
import { takesColor } from '../../src/cli/color.js';
import { failureOf, stackOf } from '../../src/cli/errors.js';
import type { ProcessLike } from '../../src/cli/process.js';
import { TerminalProgress } from '../../src/cli/terminal-progress.js';
import { Terminal } from '../../src/cli/terminal.js';
import { InferOptError } from '../../src/errors.js';

function fakeProcess(env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    isTTY: false,
    write: (text: string) => (written[name] += text),
    on: () => undefined,
  });
  const owner: ProcessLike = {
    argv: [],
    env,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    on: () => undefined,
    off: () => undefined,
    exit: () => undefined,
  };
  return { owner, written };
}

describe('colour', () => {
  const stream = (isTTY: boolean) => ({ isTTY, write: () => undefined, on: () => undefined });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('terminal %j with %j: %j', (isTTY, env, expected) => {
    expect(takesColor(stream(isTTY), env)).toBe(expected);
  });
});

describe('Terminal', () => {
  it('prints the result as text, or as the object alone with --json', async () => {
    const { owner, written } = fakeProcess();
    const terminal = new Terminal(owner, new AbortController().signal);
    await terminal.result({ size: 1 }, () => 'size 1');
    expect(written.stdout).toBe('size 1\n');
    terminal.configure({ json: true });
    await terminal.result({ size: 1 }, () => 'size 1');
    expect(JSON.parse(written.stdout.slice('size 1\n'.length))).toEqual({ size: 1 });
    expect(written.stderr).toBe('');
  });

  it('warns on stderr, except with --quiet; errors are always there', () => {
    const { owner, written } = fakeProcess();
    const terminal = new Terminal(owner, new AbortController().signal);
    terminal.warn('slow');
    terminal.configure({ quiet: true });
    terminal.warn('slow');
    terminal.note('fyi');
    terminal.error('broken', 'mend it');
    expect(written).toEqual({ stdout: '', stderr: 'warning: slow\nerror: broken\n  hint: mend it\n' });
  });
});

describe('progress without a terminal', () => {
  const watch = (quiet: boolean) => {
    const { owner, written } = fakeProcess();
    const clock = { now: 0 };
    return {
      progress: new TerminalProgress(
        owner,
        () => quiet,
        () => clock.now,
      ),
      written,
      clock,
    };
  };

  it('is silent for what is short', () => {
    const { progress, written, clock } = watch(false);
    const step = progress.start('Calibrating', 100);
    clock.now = 9_000;
    step.advance(99);
    step.done();
    expect(written.stderr).toBe('');
  });

  it('shows now and then that a long step is alive, with the time left', () => {
    const { progress, written, clock } = watch(false);
    const step = progress.start('Calibrating', 100);
    for (let second = 1; second <= 50; second++) {
      clock.now = second * 1000;
      step.advance();
    }
    expect(written.stderr).toBe('Calibrating 10/100, 1 min 30 s left\nCalibrating 40/100, 1 min 0 s left\n');
  });

  it('is silent with --quiet', () => {
    const { progress, written, clock } = watch(true);
    const step = progress.start('Calibrating', 100);
    clock.now = 60_000;
    step.advance();
    expect(written.stderr).toBe('');
  });
});

describe('errors', () => {
  it.each([
    ['usage', 2],
    ['model', 2],
    ['data', 2],
    ['output', 2],
    ['environment', 3],
    ['internal', 70],
  ] as const)('%s: exit status %d', (code, status) => {
    expect(failureOf(new InferOptError(code, 'x'), undefined).status).toBe(status);
  });

  it('takes anything else for a bug of ours and asks to report it', () => {
    for (const thrown of [new TypeError('x is undefined'), 'text', undefined]) {
      const failure = failureOf(thrown, 'bench');
      expect(failure).toMatchObject({ status: 70, bug: true });
      expect(failure.hint).toContain('please report');
    }
  });

  it('stays on one line', () => {
    expect(failureOf(new InferOptError('model', 'a\n  b'), undefined).message).toBe('a b');
  });

  it('shows the stacks of all causes, and ends when they go in a circle', () => {
    const inner: Error & { cause?: unknown } = new Error('inner');
    const outer = new InferOptError('model', 'outer', { cause: new AggregateError([inner], 'several') });
    inner.cause = outer;
    const stack = stackOf(outer);
    expect(stack.match(/^(?:\w+: )?.*(?:inner|outer|several)$/gm)).toHaveLength(3);
  });
});
