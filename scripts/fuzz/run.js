// Hands ranges of cases to workers, replaces those that die or hang, and collects what went wrong.
import { fork, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSeeds, makeCase } from './cases.js';

const workerFile = fileURLToPath(new URL('worker.js', import.meta.url));
const peakFile = fileURLToPath(new URL('runtime-peak.js', import.meta.url));

/** Cases that one worker takes before it is replaced, so that what the runtime leaks does not pile up. */
const casesPerWorker = { reader: 20_000, job: 100 };

/**
 * What is allowed: milliseconds, and megabytes over what the process has anyway; four times what the runtime alone
 * takes for the model besides.
 */
const usualLimit = 10_000;
const memoryLimit = (bytes) => 256 + (4 * bytes) / 2 ** 20;

/**
 * @param {{ mode: 'reader' | 'job', seed: number, from: number, to: number, folders: string[], jobs?: number, longest?: number,
 *   keep?: string, onProgress?: (done: number) => void }} options
 * @returns {Promise<{ counts: Record<string, number>, problems: object[], slowest: number, peak: number }>}
 */
export async function runCases({
  mode,
  seed,
  from,
  to,
  folders,
  jobs = 2,
  longest = usualLimit,
  keep,
  onProgress,
}) {
  const counts = { fine: 0, refused: 0, bug: 0, died: 0, hung: 0, memory: 0 };
  const problems = [];
  let [slowest, peak, next, done] = [0, 0, from, 0];
  let seeds;
  const report = (kind, index, what, detail) => {
    counts[kind]++;
    problems.push({ kind, index, what, detail });
    if (keep === undefined) return;
    seeds ??= findSeeds(folders);
    mkdirSync(keep, { recursive: true });
    writeFileSync(path.join(keep, `${mode}-${seed}-${index}.onnx`), makeCase(seeds, seed, index).bytes);
  };

  /** What the runtime alone needs for a case: what is small as a file can be large in memory. */
  const ownNeed = (index) => {
    seeds ??= findSeeds(folders);
    const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-fuzz-peak-'));
    try {
      const model = path.join(folder, 'model.onnx');
      writeFileSync(model, makeCase(seeds, seed, index).bytes);
      // A crash of the runtime leaves no number, and so no allowance.
      return Number(spawnSync(process.execPath, [peakFile, model], { encoding: 'utf8' }).stdout) || 0;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  /** One worker, until its share is done or it ends; gives where to go on. */
  const share = (begin, end) =>
    new Promise((resolve) => {
      const child = fork(workerFile, [JSON.stringify(folders)], { stdio: 'ignore' });
      let current = { index: begin, what: 'start', bytes: 0 };
      let timer;
      let over = false;
      let ready = false;
      const finish = (goOn) => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        child.kill('SIGKILL');
        resolve(goOn);
      };
      const watch = (rounds = 0, before = cpuMilliseconds(child.pid)) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          // On a busy machine time passes without work: that is no hang, unless it goes on and on.
          const used = cpuMilliseconds(child.pid) - before;
          if (used < 0.9 * longest && rounds < 12) {
            watch(rounds + 1, before);
            return;
          }
          report('hung', current.index, current.what, `no end after ${longest} ms`);
          finish(current.index + 1);
        }, longest);
      };
      child.on('message', (message) => {
        if (message.ready) ready = child.send({ mode, seed, from: begin, to: end });
        if (message.begin !== undefined) {
          current = { index: message.begin, what: message.what, bytes: message.bytes };
          watch();
        }
        if (message.end !== undefined) {
          clearTimeout(timer);
          done++;
          onProgress?.(done);
          slowest = Math.max(slowest, message.milliseconds);
          const used = message.peak - message.base;
          peak = Math.max(peak, used);
          if (message.outcome === 'bug') report('bug', message.end, current.what, message.detail);
          else counts[message.outcome]++;
          const most = memoryLimit(current.bytes);
          if (used > most && used > most + 4 * ownNeed(message.end))
            report('memory', message.end, current.what, `${used.toFixed(0)} MB for ${current.bytes} bytes`);
        }
        if (message.done) finish(end);
      });
      child.on('exit', (code, signal) => {
        if (over) return;
        if (!ready) throw new Error(`the worker does not start (exit ${code ?? signal}): node ${workerFile}`);
        report('died', current.index, current.what, signal ?? `exit ${code}`);
        finish(current.index + 1);
      });
    });

  const work = async () => {
    while (next < to) {
      let begin = next;
      const end = Math.min(to, begin + casesPerWorker[mode]);
      next = end;
      while (begin < end) begin = await share(begin, end);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return { counts, problems, slowest, peak };
}

/** What a process has used of the processor; without /proc, time itself. */
function cpuMilliseconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return performance.now();
  }
}
