import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { clearInterval, setInterval } from 'node:timers';

/**
 * Runs a program and watches it and everything that it starts: its time, and the most memory that all of them had
 * together (resident, looked at every 25 ms; Linux). What goes over a limit is killed with its children.
 *
 * @param {string} program
 * @param {readonly string[]} words
 * @param {{ input?: string, env?: NodeJS.ProcessEnv, cwd?: string, seconds?: number, megabytes?: number }} [limits]
 * @returns {Promise<{ code: number | string, seconds: number, megabytes: number, stdout: string, stderr: string, stopped: 'time' | 'memory' | undefined }>}
 *   `code`: the exit status, or the name of the signal that ended it; `stopped`: the limit that it went over
 */
export function watchedRun(program, words, limits = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    // A group of its own, so that its children are killed with it.
    const { env, cwd } = limits;
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd, detached: true });
    /** @type {'time' | 'memory' | undefined} */
    let stopped;
    let megabytes = 0;
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-16_000)));
    // A program that ends without having read its input is judged by its exit status.
    child.stdin.on('error', () => undefined);
    child.stdin.end(limits.input ?? '');
    const meter = setInterval(() => {
      megabytes = Math.max(megabytes, memoryOfTree(child.pid ?? 0));
      if (megabytes > (limits.megabytes ?? Infinity)) stop('memory');
      else if (elapsed() > (limits.seconds ?? Infinity)) stop('time');
    }, 25);
    const stop = (/** @type {'time' | 'memory'} */ reason) => {
      if (stopped !== undefined || child.pid === undefined) return;
      stopped = reason;
      process.kill(-child.pid, 'SIGKILL');
    };
    child.on('error', (error) => {
      clearInterval(meter);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearInterval(meter);
      resolve({ code: code ?? signal ?? 'unknown', seconds: elapsed(), megabytes, stdout, stderr, stopped });
    });
  });
}

/**
 * Resident memory of a process and its descendants; pages that they share are counted for each.
 * @param {number} pid
 * @returns {number} megabytes
 */
function memoryOfTree(pid) {
  return processTree(pid).reduce((sum, one) => sum + residentOf(one), 0);
}

/** @param {number} pid */
function residentOf(pid) {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [0, 0];
    return Number(kilobytes) / 1024;
  } catch {
    return 0; // It has ended.
  }
}

/**
 * A process and its descendants; none where it has ended, or where there is no /proc.
 * @param {number} pid
 * @returns {number[]}
 */
export function processTree(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean),
    );
    return [pid, ...children.flatMap((one) => processTree(Number(one)))];
  } catch {
    return [];
  }
}
