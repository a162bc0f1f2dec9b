import { describe, expect, it } from 'vitest';
import { reportOfEnd, type ChildEnd } from '../../src/cli/child-end.js';

const words = ['fuse', 'my model.onnx', '-o', 'out.onnx'];
const bySignal = (signal: NodeJS.Signals): ChildEnd => ({ code: null, signal });
const byCode = (code: number): ChildEnd => ({ code, signal: null });

describe('what is said of the end of a child', () => {
  it.each([0, 1, 2, 3, 70, 129, 130, 143])('nothing where it ended with %d by itself', (code) => {
    expect(reportOfEnd(byCode(code), words, undefined)).toEqual({ status: code });
  });

  it.each([
    ['SIGSEGV', bySignal('SIGSEGV')],
    ['SIGBUS', bySignal('SIGBUS')],
    ['SIGILL', bySignal('SIGILL')],
    ['SIGFPE', bySignal('SIGFPE')],
    ['access violation', byCode(0xc0000005)],
    ['0xc0000026', byCode(0xc0000026)],
  ])('a fault in native code: %s', (name, end) => {
    expect(reportOfEnd(end, words, undefined)).toEqual({
      status: 2,
      error: {
        message: `infer-opt fuse "my model.onnx" -o out.onnx ended by a fault in native code (${name})`,
        hint: 'the model is malformed, or sets off a bug of onnxruntime',
      },
    });
  });

  it.each([bySignal('SIGABRT'), byCode(134)])('an abort, which may be a heap that is full: %o', (end) => {
    const { status, error } = reportOfEnd(end, words, undefined);
    expect(status).toBe(2);
    expect(error?.message).toContain('was aborted by native code (SIGABRT)');
    expect(error?.hint).toContain('--max-old-space-size');
  });

  it.each([bySignal('SIGKILL'), byCode(0xc0000017)])('a kill is no fault of the model: %o', (end) => {
    const { status, error } = reportOfEnd(end, words, undefined);
    expect(status).toBe(3);
    expect(error?.message).toContain('was killed');
  });

  it.each([bySignal('SIGKILL'), bySignal('SIGINT'), bySignal('SIGSEGV'), byCode(0xc000013a)])(
    'the interruption, where there was one: %o',
    (end) => {
      expect(reportOfEnd(end, words, 130)).toEqual({ status: 130 });
    },
  );

  it.each([
    [bySignal('SIGINT'), 130],
    [bySignal('SIGTERM'), 143],
    [bySignal('SIGQUIT'), 131],
    [byCode(0xc000013a), 130],
  ] as const)('that of the signal for any other: %o', (end, status) => {
    expect(reportOfEnd(end, words, undefined)).toEqual({ status });
  });
});
