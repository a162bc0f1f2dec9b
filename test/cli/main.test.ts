import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { CommandEntry } from '../../src/cli/commands/list.js';
import { run } from '../../src/cli/main.js';
import type { ProcessLike } from '../../src/cli/process.js';
import type { Terminal } from '../../src/cli/terminal.js';

// Commands that end in every way a command can end.
vi.mock('../../src/cli/commands/list.js', async () => {
  const { InferOptError } = await import('../../src/errors.js');
  const add = (name: string, action: (terminal: Terminal) => unknown): CommandEntry => ({
    name,
    summary: name,
    load: () =>
      Promise.resolve((command, terminal) => {
        command.option('--verbose').action(async () => {
          await action(terminal);
        });
      }),
  });
  const fail = (thrown: unknown) => () => {
    throw thrown;
  };
  return {
    commands: [
      add('fine', (terminal) => terminal.result({ ok: true }, () => 'fine')),
      add('gate', (terminal) => (terminal.status = 1)),
      add('bug', fail(new TypeError('x is undefined'))),
      add(
        'data',
        fail(new InferOptError('data', 'too few samples', { hint: 'give more', cause: new Error('5 < 9') })),
      ),
      add('tool', fail(new InferOptError('environment', 'trtexec failed'))),
      add(
        'wait',
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error);
            });
          }),
      ),
      add('deaf', () => new Promise(() => undefined)),
    ],
  };
});

function fakeProcess(...words: string[]) {
  const written = { stdout: '', stderr: '' };
  const events = new EventEmitter();
  const exits: number[] = [];
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => (written[name] += text),
    on: () => undefined,
  });
  const owner: ProcessLike = {
    argv: ['node', 'infer-opt', ...words],
    env: {},
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    on: (event: string, listener: unknown) => events.on(event, listener as () => void),
    off: (event: string, listener: unknown) => events.off(event, listener as () => void),
    exit: (code) => exits.push(code),
  };
  return { owner, written, events, exits };
}

describe('run', () => {
  it.each([
    ['fine', 0, ''],
    ['gate', 1, ''],
    ['data', 2, 'error: too few samples\n  hint: give more\n'],
    ['tool', 3, 'error: trtexec failed\n'],
  ])('%s: exit status %d', async (name, status, stderr) => {
    const { owner, written } = fakeProcess(name);
    await run(owner);
    expect(owner.exitCode).toBe(status);
    expect(written.stderr).toBe(stderr);
    expect(written.stdout).toBe(name === 'fine' ? 'fine\n' : '');
  });

  it('shows a bug of ours with its stack, and asks to report it: 70', async () => {
    const { owner, written } = fakeProcess('bug');
    await run(owner);
    expect(owner.exitCode).toBe(70);
    expect(written.stderr).toMatch(
      /^error: x is undefined\n {2}hint: .*please report.*\nTypeError: .*\n\s+at /,
    );
  });

  it('shows the stack and the cause of an expected error with --verbose only', async () => {
    const { owner, written } = fakeProcess('data', '--verbose');
    await run(owner);
    expect(written.stderr).toContain('caused by: Error: 5 < 9');
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('aborts the command on %s and ends with %d, without a message', async (signal, status) => {
    const { owner, written, events, exits } = fakeProcess('wait');
    const running = run(owner);
    events.emit(signal);
    await running;
    expect(owner.exitCode).toBe(status);
    expect(exits).toEqual([]);
    expect(written).toEqual({ stdout: '', stderr: '' });
  });

  it('ends at once on the second signal when the command does not listen', () => {
    const { owner, events, exits } = fakeProcess('deaf');
    void run(owner);
    events.emit('SIGINT');
    expect(exits).toEqual([]);
    events.emit('SIGINT');
    expect(exits).toEqual([130]);
  });

  it('takes its listeners away again', async () => {
    const { owner, events } = fakeProcess('fine');
    await run(owner);
    expect(events.eventNames()).toEqual([]);
  });

  it('reports what nobody caught: 70', () => {
    const { owner, events, exits, written } = fakeProcess('deaf');
    void run(owner);
    events.emit('uncaughtException', new Error('lost'));
    expect(exits).toEqual([70]);
    expect(written.stderr).toContain('error: lost');
  });
});
