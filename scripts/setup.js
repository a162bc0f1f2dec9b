// Brings a fresh clone into a state that runs: dependencies installed, TypeScript built. Uses nothing but Node,
// since it runs before anything is installed. `node scripts/setup.js` does both by hand.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const leastNode = [20, 19];
const builtMarker = join(root, '.cache', 'built');
const buildLock = join(root, '.cache', 'building');

/** Installs and builds what is missing or stale, and ends the process when that does not work. */
export function ensureInstalled() {
  checkNode();
  if (!isInstalled()) {
    say('installing the dependencies (npm ci)');
    // On Windows npm is a script, which only a shell starts; the words are all ours.
    const status = runProgram('npm', ['ci', '--no-audit', '--no-fund'], {
      // The runtime's install script fetches GPU libraries, and fails without a network.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: process.env.ONNXRUNTIME_NODE_INSTALL ?? 'skip' },
      shell: process.platform === 'win32',
    });
    if (status !== 0) fail('npm ci failed: see its messages above');
  }
  if (!ensureBuilt()) fail('the build failed: see the messages above');
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  fail(`Node ${leastNode.join('.')} or newer is needed, this is ${process.versions.node}`);
}

/** Whether node_modules holds what package-lock.json asks for; packages of other platforms may be missing. */
function isInstalled() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' ||
      (installed[path] === undefined ? optional === true : installed[path].version === version),
  );
}

/**
 * Builds `dist` when a source is newer than it. Several test processes may ask at the same time: one builds,
 * the others wait. Returns whether the types are right; files are written either way, and `acceptErrors` takes
 * them as they are.
 */
export function ensureBuilt({ acceptErrors = false } = {}) {
  const isDone = () => !isStale() && (acceptErrors || readFileSync(builtMarker, 'utf8') === 'whole');
  if (isDone()) return true;
  mkdirSync(dirname(buildLock), { recursive: true });
  if (!takeLock()) {
    fail(
      `another build has not ended for two minutes; if there is none, remove ${relative(root, buildLock)}`,
    );
  }
  try {
    return isDone() || build() || acceptErrors;
  } finally {
    rmSync(buildLock, { recursive: true, force: true });
  }
}

function isStale() {
  if (!existsSync(builtMarker) || !existsSync(join(root, 'dist', 'cli', 'main.js'))) return true;
  const built = statSync(builtMarker).mtimeMs;
  const settings = ['tsconfig.json', 'tsconfig.build.json'].map((file) => join(root, file));
  return [...settings, ...filesUnder(join(root, 'src'))].some((file) => statSync(file).mtimeMs > built);
}

/**
 * Compiles into a folder of its own, then renames what differs into `dist`: whoever runs from there meanwhile
 * sees every file whole. Outputs whose source is gone are removed, so that no package carries them.
 */
export function build() {
  const started = new Date();
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const fresh = join(root, '.cache', `compiled-${process.pid}`);
  const dist = join(root, 'dist');
  const status = runProgram(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh]);
  if (existsSync(fresh)) {
    const files = filesUnder(fresh).map((file) => relative(fresh, file));
    for (const file of files) {
      const target = join(dist, file);
      if (existsSync(target) && readFileSync(target).equals(readFileSync(join(fresh, file)))) continue;
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(fresh, file), target);
    }
    const kept = new Set(files);
    for (const file of filesUnder(dist)) if (!kept.has(relative(dist, file))) rmSync(file);
    rmSync(fresh, { recursive: true });
  }
  mkdirSync(dirname(builtMarker), { recursive: true });
  writeFileSync(builtMarker, status === 0 ? 'whole' : 'errors');
  // What changed while it was being compiled is compiled again the next time.
  utimesSync(builtMarker, started, started);
  return status === 0;
}

function takeLock() {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 1200; tries++) {
    try {
      mkdirSync(buildLock);
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      Atomics.wait(sleeper, 0, 0, 100);
    }
  }
  return false;
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Runs a program in the project's folder with our streams; its exit status, 1 when a signal ended it. */
export function runProgram(program, words, options = {}) {
  const result = spawnSync(program, words, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) fail(`${program} cannot be started: ${result.error.message}`);
  return result.status ?? 1;
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(`error: ${text}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureInstalled();
