import { beforeNativeCode } from '../runtime/native-code.js';

/**
 * Shows the end of what it is given when there is no more, and costs milliseconds: a second Node would cost a short
 * command a fifth of its time.
 */
const witness = { program: '/usr/bin/tail', words: ['-n', '2'] };

/**
 * From the moment that the runtime is loaded until this process ends by itself, a child holds the last words beside it:
 * where this process ends without any, by a fault in native code or because it was killed, its pipe closes and the child
 * shows them. The exit status is then that of the signal. Where there is no such program there are no last words.
 */
export function leaveLastWords(words: readonly string[]): void {
  if (process.platform === 'win32') return;
  beforeNativeCode(async () => {
    const { spawn } = await import('node:child_process');
    const command = words.map((word) => (/^[\w./:=-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
    const child = spawn(witness.program, witness.words, { stdio: ['pipe', 2, 'ignore'], env: {} });
    child.on('error', () => undefined);
    const { stdin } = child;
    stdin?.on('error', () => undefined);
    stdin?.write(
      `error: infer-opt ${command} ended inside of onnxruntime, which is native code\n` +
        '  hint: the model is malformed or sets off a bug of the runtime; or the process was killed, for want of memory for one\n',
    );
    child.unref();
    (stdin as { unref?: () => void } | null)?.unref?.();
    process.on('exit', () => child.kill('SIGKILL'));
  });
}
