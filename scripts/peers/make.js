import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSamples, openCalibration } from '../bench/samples.js';
import { root } from '../setup.js';
import { watchedRun } from '../watched-run.js';
import { prepareEnvironment } from './environments.js';
import { cell, sumOf } from './store.js';

/** What one tool may take for one model. */
export const limits = { seconds: 120, megabytes: 12_000 };

const version = process.env.npm_package_version ?? '';
const prepared = new Map();
/** Samples of the model that is at work, written for the tools of others at their first use. */
let exported = { model: '', folder: '', description: undefined };

/**
 * Makes the artifact of one tool, or takes what an earlier run made of the same model with the same version.
 * @param {import('./models.js').PeerModel} one
 * @param {import('./tools.js').Tool} tool
 * @param {boolean} again
 */
export async function makeArtifact(one, tool, again) {
  const place = cell(one.name, tool.name);
  const versions = tool.environment === undefined ? { 'infer-opt': version } : environment(tool).versions;
  const used = tool.versions.map((name) => `${name} ${versions[name]}`).join(' ');
  const key = [sumOf(one.model), tool.name, used, one.samples].join('|');
  const stored = again ? undefined : place.read(key);
  if (stored !== undefined && (stored.failure !== undefined || existsSync(place.artifact))) return stored;
  rmSync(place.artifact, { force: true });
  const found = await (tool.environment === undefined ? runOwn : runPeer)(one, tool, place.artifact);
  const written = existsSync(place.artifact)
    ? { bytes: statSync(place.artifact).size, sha256: sumOf(place.artifact) }
    : { failure: found.failure ?? 'it wrote nothing' };
  return place.write({ tool: tool.name, versions: used, ...found, ...written }, key);
}

/** The installed versions of all tools of others. */
export function peerVersions() {
  return [...prepared.values()].map(({ versions }) => versions);
}

export function removeSamples() {
  if (exported.folder !== '') rmSync(exported.folder, { recursive: true, force: true });
  exported = { model: '', folder: '', description: undefined };
}

function environment({ environment: name }) {
  if (!prepared.has(name)) prepared.set(name, prepareEnvironment(name));
  return prepared.get(name);
}

async function runPeer(one, tool, output) {
  const samples = await samplesOf(one);
  const script = path.join(root, 'scripts', 'peers', 'peer.py');
  const run = await watchedRun(environment(tool).python, ['-W', 'ignore', script], {
    ...limits,
    // Some leave files where they are started.
    cwd: exported.folder,
    input: JSON.stringify({ tool: tool.name, model: one.model, output, samples }),
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const cost = { seconds: run.seconds, megabytes: run.megabytes };
  if (run.stopped !== undefined) return { ...cost, failure: overLimit(run.stopped) };
  const last = run.stdout.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{'))
    return { ...cost, failure: `it died (${run.code}) ${lastLine(run.stderr)}`.trim() };
  const { seconds, failure, notes } = JSON.parse(last);
  return { ...cost, seconds, notes, ...(failure === undefined ? {} : { failure }) };
}

async function runOwn(one, tool, output) {
  const [command, ...words] = tool.words;
  const data = one.data === undefined ? [] : ['--data', one.data];
  const samples = tool.samples ? [...data, '--samples', String(one.samples)] : [];
  const program = [
    path.join(root, 'bin', 'infer-opt.js'),
    command,
    one.model,
    '-o',
    output,
    ...words,
    ...samples,
  ];
  const run = await watchedRun(process.execPath, [...program, '--threads', '1', '--quiet'], limits);
  const cost = { seconds: run.seconds, megabytes: run.megabytes };
  if (run.stopped !== undefined) return { ...cost, failure: overLimit(run.stopped) };
  return run.code === 0 ? cost : { ...cost, failure: run.stderr.split('\n')[0] };
}

async function samplesOf(one) {
  if (exported.model !== one.name) {
    removeSamples();
    const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-peers-'));
    const calibration = await openCalibration(one.model, one.data, one.samples);
    exported = { model: one.name, folder, description: await exportSamples(calibration, folder) };
  }
  return exported.description;
}

function overLimit(stopped) {
  return stopped === 'time'
    ? `not done after ${limits.seconds} s`
    : `more than ${limits.megabytes / 1000} GB of memory`;
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}
