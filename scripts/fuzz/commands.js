// The same cases through the command line, one process each: whatever the file is, the exit status says so.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { root } from '../setup.js';
import { processTree } from '../watched-run.js';

const command = path.join(root, 'bin', 'infer-opt.js');
/** Seconds of a processor, of the command and what it started: those of the clock hang on what else runs here. */
const longest = 10;
/** By the clock, for a command that waits for what never comes. */
const longestWait = 180_000;
const quick = ['--samples', '2', '--no-measure', '--target', 'x86'];

const lines = [
  (model, out) => ['quantize', model, '-o', out, '--mode', 'static', ...quick],
  (model, out) => ['quantize', model, '-o', out, '--mode', 'dynamic', ...quick],
  (model, out) => ['quantize', model, '-o', out, '--mode', 'fp16', ...quick],
  (model, out) => ['fuse', model, '-o', out],
  (model, out) => ['prune', model, '-o', out, '--scheme', 'magnitude', '--ratio', '0.5', '--no-measure'],
  (model) => ['inspect', model, '--json'],
  (model, out) => ['compile', model, '-o', out, '--target', 'onnxruntime'],
  (model, _, folder) => ['package', model, '-o', path.join(folder, 'repository'), '--name', 'm'],
];

/** @param {{ seed: number, from: number, to: number, folders: string[], jobs: number, keep?: string, onProgress?: (done: number) => void }} options */
export async function runCommands({ seed, from, to, folders, jobs, keep, onProgress }) {
  const { findSeeds, makeCase } = await import('./cases.js');
  const seeds = findSeeds(folders);
  const counts = { fine: 0, refused: 0, fault: 0, bug: 0, died: 0, hung: 0, left: 0 };
  const problems = [];
  let [slowest, peak, next, done] = [0, 0, from, 0];
  const work = async () => {
    while (next < to) {
      const index = next++;
      const { bytes, what } = makeCase(seeds, seed, index);
      const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-fuzz-'));
      try {
        const model = path.join(folder, 'model.onnx');
        writeFileSync(model, bytes);
        const words = lines[index % lines.length](model, path.join(folder, 'out.onnx'), folder);
        const ended = await run([...words, '--quiet'], folder);
        slowest = Math.max(slowest, 1000 * ended.seconds);
        peak = Math.max(peak, ended.megabytes);
        const extra = readdirSync(folder).filter((name) => name.startsWith('.'));
        const kind = verdictOf(ended, extra);
        counts[kind]++;
        if (['fine', 'refused', 'fault'].includes(kind)) continue;
        problems.push({ kind, index, what: `${words[0]} ${what}`, detail: ended.stderr || ended.how });
        if (keep !== undefined) {
          mkdirSync(keep, { recursive: true });
          writeFileSync(path.join(keep, `command-${seed}-${index}.onnx`), bytes);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
        onProgress?.(++done);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return { counts, problems, slowest, peak };
}

function verdictOf({ code, signal, hung, stderr }, extra) {
  if (hung) return 'hung';
  if (signal !== null) return 'died';
  if (extra.length > 0) return 'left';
  if (code === 0 || code === 1) return 'fine';
  // Where the runtime died of the file, the process that watches over it says so, with the status of any wrong file.
  if (code === 2 && / native code \(SIG\w+\)$/m.test(stderr)) return 'fault';
  return code === 2 || code === 3 ? 'refused' : 'bug';
}

function run(words, cwd) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...words], {
      ...{ cwd, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    });
    let stderr = '';
    let hung = false;
    let megabytes = 0;
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(0, 4000)));
    let seconds = 0;
    const end = () => {
      hung = true;
      // The group: the command and what it started.
      process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(end, longestWait);
    const meter = setInterval(() => {
      const tree = processTree(child.pid);
      megabytes = Math.max(megabytes, ...tree.map(peakOf));
      seconds = Math.max(
        seconds,
        tree.reduce((sum, pid) => sum + secondsOf(pid), 0),
      );
      if (seconds > longest && !hung) end();
    }, 100);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      clearInterval(meter);
      const how = signal ?? `exit ${code}`;
      resolve({ code, signal, how, hung, stderr, megabytes, seconds });
    });
  });
}

/** Time of a process on a processor, and that of its children that have ended; the system counts in hundredths. */
function secondsOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return 0; // It has ended, or there is no /proc.
  }
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // It has ended, or there is no /proc.
  }
}
