/**
 * The main job against the tool to beat: every model quantized by infer-opt and by onnxruntime.quantization of the same
 * version, calibrated on the same samples, and all measured in one interleaved session (one thread, batch size 1).
 *
 *   npm run compare:quantization -- [OPTIONS]
 *
 *   --only NAME,NAME   only these models
 *   --json FILE        writes everything that was measured
 *   --keep FOLDER      keeps the artifacts there
 *   --threads 2        threads of the runtime (1)
 *   --batch 8          samples of a run (1), for models that take it: name them by --only
 *   --time 30s         time for the latencies of one model; 20 s at least where there are three artifacts
 *
 * Models and data come from ../shared/real and are skipped where that is absent; the models of real size are made by
 * scripts/make-scale-models.js. The peer is installed from PyPI into .cache/compare-venv. Exit status 1 when a
 * requirement of quantization-cases.js is not met.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../setup.js';
import { judge } from './judge-quantization.js';
import { preparePeer, quantizeWithPeer } from './peer.js';
import { cases, root } from './quantization-cases.js';
import { inferOpt } from './run-tool.js';
import { exportSamples, openCalibration } from './samples.js';
import { number, table, withInterval } from './table.js';

ensureInstalled();
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'string' },
    time: { type: 'string' },
    threads: { type: 'string', default: '1' },
    batch: { type: 'string', default: '1' },
  },
});
const usual = options.threads === '1' && options.batch === '1';
const chosen = chosenCases(options.only);
const peer = preparePeer();
const results = [];
for (const one of chosen) {
  if (one.generated && !existsSync(one.model)) makeScaleModels();
  if (!existsSync(one.model)) {
    say(`${one.name}: skipped, ${path.relative(root, one.model)} is absent`);
    continue;
  }
  const result = await compare(one);
  results.push(result);
  process.stdout.write(`${describe(result)}\n\n`);
}
process.stdout.write(`${verdict()}\n`);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
process.exitCode = results.every(({ lines }) => lines.every(({ met }) => met)) ? 0 : 1;

/** @param {import('./quantization-cases.js').Case} one */
async function compare(one) {
  const folder = options.keep ?? mkdtempSync(path.join(tmpdir(), 'infer-opt-compare-'));
  mkdirSync(folder, { recursive: true });
  const ours = path.join(folder, `${one.name}.infer-opt.onnx`);
  const theirs = path.join(folder, `${one.name}.peer.onnx`);
  const data = one.data === undefined ? [] : ['--data', one.data];
  try {
    say(`${one.name}: infer-opt quantize`);
    const started = performance.now();
    const quantized = inferOpt(['quantize', one.model, '-o', ours, ...data, '--threads', options.threads]);
    const seconds = (performance.now() - started) / 1000;
    say(`${one.name}: onnxruntime.quantization`);
    const made = await makePeerArtifact(one, theirs);
    say(`${one.name}: infer-opt bench`);
    const candidates = made.error === undefined ? [ours, theirs] : [ours];
    const time = options.time === undefined ? [] : ['--time', options.time];
    // Made-up inputs cost nothing, and with a hundred of them chance decides between agreements this close.
    const samples = one.data === undefined ? ['--samples', '1000'] : [];
    const bench = inferOpt([
      'bench',
      one.model,
      ...candidates,
      ...data,
      ...samples,
      '--threads',
      options.threads,
      '--batch',
      options.batch,
      ...time,
    ]);
    const [original, our, their] = bench.artifacts;
    const runs = their?.error === null ? their : null;
    const lines =
      // What is required is required at the usual setting.
      our.error === null && usual
        ? judge(one.limits, our, runs, bench.dataset.samples)
        : our.error === null
          ? []
          : [failed(our.error)];
    return {
      name: one.name,
      environment: bench.environment,
      dataset: bench.dataset,
      original,
      ours: { ...our, mode: quantized.mode, seconds },
      peer: { ...their, ...made, version: peer.version, error: made.error ?? their?.error ?? null },
      lines,
    };
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A peer that fails is a result too, not the end of the comparison.
 * @param {import('./quantization-cases.js').Case} one @param {string} output
 * @returns {Promise<{ notes: string[], seconds: number, error?: string }>}
 */
async function makePeerArtifact(one, output) {
  const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-samples-'));
  try {
    const samples =
      one.peerMode === 'static'
        ? await exportSamples(await openCalibration(one.model, one.data), folder)
        : undefined;
    return quantizeWithPeer(peer.python, { model: one.model, output, mode: one.peerMode, samples });
  } catch (error) {
    const lines =
      error instanceof Error ? String(/** @type {any} */ (error).stderr ?? error.message) : String(error);
    return { notes: [], seconds: 0, error: lines.trim().split('\n').at(-1) ?? '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {any} result */
function describe({ name, original, ours, peer: other, lines, dataset }) {
  const heads = [
    '',
    'p50',
    'speed-up [95%]',
    'size',
    'top-1',
    'drop [95%]',
    'agreement',
    'SQNR',
    'integer MACs',
  ];
  const rows = [row('original', original), row(`infer-opt (${ours.mode})`, ours)];
  if (other.error === null) rows.push(row('onnxruntime.quantization', other));
  const failures = other.error === null ? [] : [`onnxruntime.quantization failed: ${other.error}`];
  const notes = other.notes.length === 0 ? [] : [`the peer's model: ${other.notes.join(', ')}`];
  return [
    `${name}, ${dataset.samples} samples of ${dataset.name}`,
    table(heads, rows),
    ...failures,
    ...notes,
    ...lines.map(lineText),
  ].join('\n');
}

/** @param {string} label @param {any} artifact */
function row(label, { latency_ms: latency, versus_baseline: versus, accuracy, outputs, kernels }) {
  const share = kernels?.integer_share_of_macs;
  return [
    label,
    number(latency?.p50, 3, ' ms'),
    withInterval(versus?.speedup, 2, 'x'),
    number(versus?.size_ratio, 3, 'x'),
    number(accuracy.top1, 4),
    withInterval(versus?.drop.top1, 4),
    number(outputs?.agreement, 4),
    number(outputs?.sqnr_db, 2, ' dB'),
    share === null || share === undefined ? '-' : number(share * 100, 1, '%'),
  ];
}

/** @param {import('./judge-quantization.js').Line} line */
function lineText({ requirement, found, met, sure }) {
  return `  ${met ? 'met    ' : 'NOT MET'} ${requirement}: ${found}${sure ? '' : ' (undecided: within the interval of chance)'}`;
}

/** @param {string} error @returns {import('./judge-quantization.js').Line} */
function failed(error) {
  return { requirement: 'the artifact runs', found: error, met: false, sure: true };
}

function verdict() {
  const lines = results.flatMap(({ name, lines: own }) => own.map((line) => ({ name, ...line })));
  const missed = lines.filter(({ met }) => !met);
  const skipped = chosen.length - results.length;
  const left = skipped === 0 ? '' : `, ${skipped} of ${chosen.length} models skipped`;
  if (lines.length === 0) return `verdict: nothing was measured${left}`;
  if (missed.length === 0) return `verdict: all ${lines.length} requirements met${left}`;
  const which = missed.map(({ name, requirement }) => `${name}: ${requirement}`).join('; ');
  return `verdict: ${missed.length} of ${lines.length} requirements NOT MET${left} (${which})`;
}

/** @param {string | undefined} only */
function chosenCases(only) {
  const names = only?.split(',') ?? cases.map(({ name }) => name);
  return names.map((name) => {
    const one = cases.find((candidate) => candidate.name === name);
    if (one === undefined)
      throw new Error(`no model ${name}: ${cases.map((known) => known.name).join(', ')}`);
    return one;
  });
}

function makeScaleModels() {
  say('making the models of real size');
  execFileSync(process.execPath, [path.join(root, 'scripts/make-scale-models.js')], {
    stdio: ['ignore', 2, 2],
  });
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}
