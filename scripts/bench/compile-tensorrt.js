/**
 * What TensorRT would object to in every real model, as it is and after `quantize --target tensorrt`, and how Q/DQ are
 * placed then. Nothing is built: this needs neither trtexec nor a GPU.
 *
 *   npm run build && node scripts/bench/compile-tensorrt.js [--only NAME,NAME] [--samples N] [--version 10.14]
 *
 * Models come from ../shared/real; without them nothing is looked at. Exit status 1 when preflight does not answer, or
 * objects to something that `quantize` wrote and that it did not object to before.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './quantization-cases.js';
import { inferOpt } from './run-tool.js';
import { table } from './table.js';

/** Rules about quantization: what `quantize` answers for. The others speak of the model as it was exported. */
const quantizationRules = ['quantized-types', 'zero-points', 'placement', 'precision'];

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    samples: { type: 'string', default: '16' },
    version: { type: 'string', default: '10.14' },
  },
});
const real = path.join(root, '../shared/real');
const folder = path.join(real, 'models');
if (!existsSync(folder)) {
  process.stdout.write(`nothing was looked at: ${path.relative(root, folder)} is absent\n`);
} else {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => file.slice(0, -'.onnx'.length))
    .filter((name) => options.only === undefined || options.only.split(',').includes(name));
  look(names);
}

/** @param {readonly string[]} names */
function look(names) {
  const temporary = mkdtempSync(path.join(tmpdir(), 'infer-opt-preflight-'));
  const rows = [];
  let bad = 0;
  try {
    for (const name of names) {
      const model = path.join(folder, `${name}.onnx`);
      const before = preflight(model, temporary);
      const after = quantizeAndLook(name, model, temporary);
      const added = after.findings.filter(
        ({ rule, severity }) =>
          quantizationRules.includes(rule) ||
          (severity === 'error' && !before.some((one) => one.rule === rule && one.severity === 'error')),
      );
      if (added.length > 0) bad += 1;
      rows.push([
        name,
        told(before),
        after.what,
        after.what === 'int8'
          ? added.length === 0
            ? 'nothing'
            : added.map(({ message }) => message).join('; ')
          : '-',
      ]);
      process.stderr.write(`${name}\n`);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const heads = ['', 'objections before', 'quantize --target tensorrt', 'objections then'];
  process.stdout.write(`${table(heads, rows)}\n`);
  process.stdout.write(
    `${rows.length} models, preflight answered for each; after quantize ${bad} have objections\n`,
  );
  process.exitCode = bad === 0 ? 0 : 1;
}

/** @param {string} model @param {string} temporary @returns {{ rule: string, severity: string, message: string }[]} */
function preflight(model, temporary) {
  const { report } = inferOpt([
    ...['compile', model, '-o', path.join(temporary, 'model.engine'), '--target', 'tensorrt'],
    ...['--dry-run', '--trtexec-version', options.version],
  ]);
  return report.findings;
}

/** @param {string} name @param {string} model @param {string} temporary */
function quantizeAndLook(name, model, temporary) {
  const output = path.join(temporary, `${name}.int8.onnx`);
  const dataset = path.join(real, 'datasets', `${name}.yaml`);
  const data = existsSync(dataset) ? ['--data', dataset] : [];
  const words = ['quantize', model, '-o', output, '--target', 'tensorrt', '--mode', 'static'];
  try {
    inferOpt([...words, '--samples', options.samples, '--threads', '1', ...data]);
  } catch {
    // Its reason is on our stderr.
    return { what: 'refused, with a reason', findings: [] };
  }
  return { what: 'int8', findings: preflight(output, temporary) };
}

/** @param {readonly { rule: string, severity: string }[]} findings */
function told(findings) {
  if (findings.length === 0) return 'nothing';
  return [...new Set(findings.map(({ rule, severity }) => `${rule}${severity === 'error' ? '!' : ''}`))].join(
    ' ',
  );
}
