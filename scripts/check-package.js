// `npm run check:package`: packs the project, installs the tarball into an empty folder as a user would, and
// uses it there, by its command and by its import; then asks the registry about known weaknesses of what it depends on.
// Needs the npm registry (or npm's cache).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, say } from './setup.js';

const windows = process.platform === 'win32';

function npm(words, cwd) {
  const result = spawnSync('npm', words, {
    cwd,
    shell: windows,
    encoding: 'utf8',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (result.status !== 0)
    throw new Error(`npm ${words.join(' ')} failed:\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

function check(what, program, words, cwd, isRight) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, shell: windows, encoding: 'utf8' });
  if (status !== 0 || !isRight(stdout)) {
    throw new Error(`${what}: not as expected (exit ${status})\n${stdout}${stderr}`);
  }
  say(`ok  ${what}`);
}

/** A program of a user in TypeScript, under the strictest settings and both ways of finding modules. */
function checkTypes() {
  const source = [
    "import { fuse, InferOptError, inspect, quantize } from 'infer-opt';",
    "import type { QuantizeResult } from 'infer-opt';",
    'export async function small(model: string): Promise<number> {',
    '  try {',
    "    const result: QuantizeResult = await quantize({ model, output: 'small.onnx', mode: 'static' });",
    "    await fuse({ model, output: 'fused.onnx', level: 'basic' });",
    '    await inspect({ model });',
    '    return result.output.bytes;',
    '  } catch (error) {',
    '    if (error instanceof InferOptError) return error.hint?.length ?? 0;',
    '    throw error;',
    '  }',
    '}',
    '// @ts-expect-error: a model is named by its path',
    'export const wrong = quantize({ model: 1 });',
    '',
  ].join('\n');
  writeFileSync(join(folder, 'user.ts'), source);
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const settings = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2023'];
    check(
      `types, --moduleResolution ${resolution}`,
      process.execPath,
      [compiler, ...settings, '--module', module, '--moduleResolution', resolution, 'user.ts'],
      folder,
      () => true,
    );
  }
}

/** Not every registry answers: a mirror may hold packages alone. */
function checkAdvisories() {
  const words = ['audit', '--omit=dev', '--json'];
  const { stdout, stderr } = spawnSync('npm', words, { cwd: root, shell: windows, encoding: 'utf8' });
  const { vulnerabilities, message } = JSON.parse(stdout || '{}');
  if (vulnerabilities === undefined) {
    say(`??  npm audit: this registry does not answer (${message ?? stderr.split('\n')[0]})`);
    return;
  }
  const found = Object.values(vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
  if (found.length > 0) throw new Error(`npm audit: ${found.join(', ')}`);
  say('ok  npm audit');
}

ensureInstalled();
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-package-'));
try {
  const [packed] = JSON.parse(
    npm(['pack', '--json', '--pack-destination', folder], root).replace(/^[^[]*(?=\[\s)/, ''),
  );
  const files = packed.files.map((file) => file.path);
  const unwanted = files.filter(
    (file) => !/^(bin|dist|docs\/schema)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file),
  );
  if (unwanted.length > 0)
    throw new Error(`the package carries files that it should not: ${unwanted.join(', ')}`);
  say(`ok  ${packed.filename}: ${files.length} files, ${Math.round(packed.size / 1000)} kB`);

  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  npm(['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename)], folder);
  const command = join(folder, 'node_modules', '.bin', windows ? 'infer-opt.cmd' : 'infer-opt');

  check('infer-opt --version', command, ['--version'], folder, (out) => out.trim() === packed.version);
  check('infer-opt --help', command, ['--help'], folder, (out) => out.includes('doctor'));
  check('infer-opt doctor --json', command, ['doctor', '--json'], folder, (out) => {
    return JSON.parse(out).schema === 'infer-opt/doctor@1';
  });
  const fixture = (name) => join(root, 'fixtures', name);
  const words = [
    'quantize',
    fixture('glyphs-resnet.onnx'),
    '-o',
    'small.onnx',
    '--data',
    fixture('glyphs-resnet.yaml'),
  ];
  check(
    'infer-opt quantize',
    command,
    [...words, '--mode', 'static', '--no-measure', '--json'],
    folder,
    (out) => {
      return JSON.parse(out).kernels.float === 0;
    },
  );
  const program = "import * as api from 'infer-opt'; console.log(typeof api.InferOptError);";
  check(
    "import 'infer-opt'",
    process.execPath,
    ['--input-type=module', '--eval', windows ? `"${program}"` : program],
    folder,
    (out) => {
      return out.trim() === 'function';
    },
  );
  checkTypes();
  checkAdvisories();
} catch (error) {
  say(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
