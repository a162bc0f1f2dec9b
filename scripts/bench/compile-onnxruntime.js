/**
 * What `compile --target onnxruntime` brings: every real model compiled, opened in turns with the original in fresh
 * processes, and compared output by output.
 *
 *   node scripts/bench/compile-onnxruntime.js [--format onnx|ort] [--only NAME,NAME]
 *
 * Models come from ../shared/real; without them nothing is measured. Exit status 1 when an artifact computes anything
 * else than its original, or when fewer than eight open faster.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inferOpt } from './run-tool.js';
import { number, table } from './table.js';

const { values: options } = parseArgs({
  options: { format: { type: 'string', default: 'onnx' }, only: { type: 'string' } },
});
const root = fileURLToPath(new URL('../../', import.meta.url));
const real = path.join(root, '../shared/real');
const folder = path.join(real, 'models');
if (!existsSync(folder)) {
  process.stdout.write(`nothing was measured: ${path.relative(root, folder)} is absent\n`);
} else {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.onnx') && !file.startsWith('reject-'))
    .map((file) => file.slice(0, -'.onnx'.length))
    .filter((name) => options.only === undefined || options.only.split(',').includes(name));
  measure(names);
}

/** @param {readonly string[]} names */
function measure(names) {
  const temporary = mkdtempSync(path.join(tmpdir(), 'infer-opt-compile-'));
  const rows = [];
  let [faster, different] = [0, 0];
  try {
    for (const name of names) {
      const output = path.join(temporary, `${name}.${options.format}`);
      const dataset = path.join(real, 'datasets', `${name}.yaml`);
      const data = existsSync(dataset) ? ['--data', dataset] : [];
      const model = path.join(folder, `${name}.onnx`);
      const {
        report,
        input,
        output: written,
      } = inferOpt(['compile', model, '-o', output, '--target', 'onnxruntime', '--threads', '1', ...data]);
      const { load, outputs } = report;
      const isFaster = load.speedup > 1 && load.faster_in > load.rounds / 2;
      if (isFaster) faster += 1;
      if (outputs !== null && !outputs.identical) different += 1;
      rows.push([
        name,
        number(load.original_ms, 1, ' ms'),
        number(load.compiled_ms, 1, ' ms'),
        number(load.speedup, 2, 'x'),
        `${load.faster_in} of ${load.rounds}`,
        number(written.bytes / input.bytes, 2, 'x'),
        outputs === null
          ? 'not run'
          : outputs.identical
            ? 'identical'
            : `within ${outputs.max_abs.toPrecision(2)}`,
      ]);
      process.stderr.write(`${name}\n`);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const heads = ['', 'original', 'compiled', 'opens faster by', 'in rounds', 'size', 'outputs'];
  process.stdout.write(`${table(heads, rows)}\n`);
  process.stdout.write(`${faster} of ${rows.length} open faster, ${different} give other outputs\n`);
  process.exitCode = different === 0 && faster >= Math.min(8, rows.length) ? 0 : 1;
}
