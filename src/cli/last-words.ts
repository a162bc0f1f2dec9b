import { beforeNativeCode } from '../runtime/native-code.js';

/**
 * Reads one line, and says what it was given where none comes. It is what is left of us when native code ends the process:
 * a second Node would cost a short command a fifth of its time, this costs milliseconds. The text is an argument, never
 * part of the script.
 */
const script = 'read -r line || printf "%s\\n" "$@" >&2';

/**
 * From the moment that the runtime is loaded until this process ends by itself, a child waits beside it: where it ends
 * without a word, by a fault in native code or because it was killed, the child says so in its place. The exit status is
 * then that of the signal. Windows has no shell for it, and goes without.
 */
export function leaveLastWords(words: readonly string[]): void {
  if (process.platform === 'win32') return;
  beforeNativeCode(async () => {
    const { spawn } = await import('node:child_process');
    const command = words.map((word) => (/^[\w./:=-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
    const lines = [
      `error: infer-opt ${command} ended inside of onnxruntime, which is native code`,
      '  hint: the model is malformed or sets off a bug of the runtime; or the process was killed, for want of memory for one',
    ];
    const child = spawn('/bin/sh', ['-c', script, 'infer-opt', ...lines], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: {},
    });
    // Where there is no shell there are no last words.
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    (child.stdin as { unref?: () => void }).unref?.();
    process.on('exit', () => child.stdin.write('done\n'));
  });
}
