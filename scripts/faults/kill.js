// Kills a command at random moments with SIGKILL, which no program can answer, and looks at what is left.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from '../setup.js';
import { checkWhole } from './jobs.js';

const command = join(root, 'bin', 'infer-opt.js');
const oldText = 'what was here before';

/**
 * Runs `job` to know what it writes, then kills it `times` times: half of them at a moment of the whole run, half of
 * them right after something appears in the folder; half of them the process that was started, which watches over the
 * one that works, half of them both. After each, every output must be what it was or what a whole run
 * writes. A last run must end well and leave nothing else.
 *
 * @returns {Promise<{name: string, kills: number, before: number, after: number, late: number, problems: string[]}>}
 * how many kills left the old output, how many the new one, and how many came after the end
 */
export async function killRepeatedly(job, times, random) {
  const folder = mkdtempSync(join(tmpdir(), `infer-opt-kill-${job.name}-`));
  const found = { name: job.name, kills: 0, before: 0, after: 0, late: 0, problems: [] };
  const mark = `infer-opt-kill-${process.pid}-${job.name}`;
  try {
    const [template, work] = [join(folder, 'template'), join(folder, 'work')];
    mkdirSync(template);
    job.prepare?.(template);
    await runWell(job, template, work, mark);
    age(job, template);
    restore(template, work);
    const old = contents(work, job.writes);
    const milliseconds = await runWell(job, work, work, mark);
    const fresh = contents(work, job.writes);
    for (let i = 0; i < times; i++) {
      restore(template, work);
      const moment = i % 2 === 1 ? 'at-write' : random.uniform() * milliseconds;
      const whole = i % 4 >= 2;
      const late = await killed(job.words(work), work, mark, { moment, delay: random.uniform() * 4, whole });
      found.kills++;
      if (late) found.late++;
      const state = await stateOf(job, work, old, fresh);
      if (state.problem !== undefined) found.problems.push(`kill ${i}: ${state.problem}`);
      else if (state.changed) found.after++;
      else found.before++;
    }
    await runWell(job, work, work, mark);
    const known = ['.cache', ...job.writes];
    const left = readdirSync(work).filter((name) => !known.includes(name));
    if (left.length > 0) found.problems.push(`the run afterwards leaves ${left.join(', ')}`);
    await wait(1000);
    const orphans = processesWith(mark);
    if (orphans.length > 0) found.problems.push(`processes live on: ${orphans.join(', ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

function restore(template, work) {
  rmSync(work, { recursive: true, force: true });
  cpSync(template, work, { recursive: true });
}

/** Makes the outputs tell that they are old: files have another content, folders one file more. */
function age(job, folder) {
  for (const name of job.outputs ?? job.writes) {
    const path = join(folder, name);
    writeFileSync(statSync(path).isDirectory() ? join(path, 'old.txt') : path, oldText);
  }
}

function start(words, mark) {
  const environment = { ...process.env, INFER_OPT_TRIAL: mark };
  return spawn(process.execPath, [command, ...words], { stdio: 'ignore', env: environment, detached: true });
}

async function runWell(job, folder, cwd, mark) {
  const begin = performance.now();
  const child = start(job.words(folder), mark);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${job.name} ends with ${code}: ${job.words(folder).join(' ')}`);
  return performance.now() - begin;
}

/**
 * Kills the command, alone or as a whole group: what it started otherwise must see for itself, and soon. True when it had
 * ended before.
 */
async function killed(words, folder, mark, { moment, delay, whole }) {
  const child = start(words, mark);
  let ended = false;
  const exit = new Promise((resolve) =>
    child.once('exit', (_, signal) => {
      ended = signal === null;
      resolve(undefined);
    }),
  );
  if (moment === 'at-write') {
    const watcher = watch(folder);
    await Promise.race([exit, new Promise((resolve) => watcher.once('change', resolve))]);
    watcher.close();
    await wait(delay);
  } else {
    await Promise.race([exit, wait(moment)]);
  }
  try {
    if (whole) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
  await exit;
  await untilGone(mark);
  return ended;
}

/** Waits for the processes that were not killed; those that do not end are told of at the end. */
async function untilGone(mark) {
  if (!existsSync('/proc')) await wait(500);
  for (let tries = 0; tries < 100 && processesWith(mark).length > 0; tries++) await wait(20);
}

/** Whether the outputs are the old or the new ones, or neither. */
async function stateOf(job, work, old, fresh) {
  let changed = false;
  for (const name of job.writes) {
    const path = join(work, name);
    if (!existsSync(path)) {
      // Between moving an old folder away and a new one into place lies a moment; the next run mends it.
      if (job.mends?.includes(name) && readdirSync(work).some((file) => file.endsWith('.partial.old')))
        continue;
      return { problem: `${name} is gone` };
    }
    const now = contents(work, [name]);
    const isOld = sameFiles(now, only(old, name));
    const isNew = sameFiles(now, only(fresh, name));
    if (isOld && isNew) continue;
    if (isNew) changed = true;
    if (isOld || isNew) continue;
    // A new version of a repository is in place, and its configuration the old one still: both are whole.
    const whole = [...now].every(([file, bytes]) => bytes === old.get(file) || bytes === fresh.get(file));
    if (job.repeats && whole && hasAllOrNone(now, only(old, name), only(fresh, name))) {
      changed = true;
      continue;
    }
    if (job.repeats) return { problem: `${name} is neither the old one nor the new one: ${[...now.keys()]}` };
    for (const file of now.keys()) {
      try {
        await checkWhole(join(work, file));
      } catch (error) {
        return { problem: `${file} is not whole: ${error.message}` };
      }
    }
    if (now.has(join(name, 'old.txt'))) return { problem: `${name} is a mixture: ${[...now.keys()]}` };
    changed = true;
  }
  return { changed };
}

/** Of the files that only a new output has: either all are there or none is. */
function hasAllOrNone(now, old, fresh) {
  const added = [...fresh.keys()].filter((file) => !old.has(file));
  const there = added.filter((file) => now.has(file));
  return [...old.keys()].every((file) => now.has(file)) && [0, added.length].includes(there.length);
}

const only = (files, name) =>
  new Map([...files].filter(([file]) => file === name || file.startsWith(`${name}/`)));

function sameFiles(a, b) {
  return a.size === b.size && [...a].every(([file, bytes]) => b.get(file) === bytes);
}

/** Every file under these names with its bytes as text. */
function contents(folder, names) {
  const files = new Map();
  const visit = (name) => {
    const path = join(folder, name);
    if (!statSync(path).isDirectory()) files.set(name, readFileSync(path, 'latin1'));
    else for (const inner of readdirSync(path).sort()) visit(join(name, inner));
  };
  for (const name of names) if (existsSync(join(folder, name))) visit(name);
  return files;
}

/** Processes that still carry the mark of these trials; nothing where there is no /proc. */
function processesWith(mark) {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(`INFER_OPT_TRIAL=${mark}\0`);
    } catch {
      return false; // Ended, or somebody else's.
    }
  });
}
