import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup.js';

const runtime = JSON.parse(
  readFileSync(path.join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
).version;

/**
 * The Python environments of the tools of others, in .cache, where they can be thrown away at any time. Neural Compressor
 * has one of its own: its last release that takes ONNX models needs what was current in 2024.
 * @type {Readonly<Record<string, { folder: string, together: boolean, packages: readonly string[] }>>}
 */
const environments = {
  usual: {
    folder: 'peers-venv',
    // Each by itself: one that does not install must not keep the others away.
    together: false,
    packages: [
      ...[`onnxruntime==${runtime}`, 'onnx', 'numpy', 'sympy', 'onnxsim', 'onnxslim', 'onnxscript'],
      'onnxconverter-common',
    ],
  },
  'neural-compressor': {
    folder: 'peers-venv-nc',
    together: true,
    packages: [
      ...['neural-compressor==2.6', 'onnxruntime==1.18.1', 'onnx==1.16.2', 'numpy<2', 'six', 'setuptools<80'],
    ],
  },
};

/**
 * Makes an environment at its first use.
 * @param {string} name
 * @returns {{ python: string, versions: Record<string, string> }} versions of what it holds, by the packages' names
 */
export function prepareEnvironment(name) {
  const { folder, together, packages } = environments[name];
  const place = path.join(root, '.cache', folder);
  const python = path.join(place, 'bin', 'python');
  const marker = path.join(place, 'installed');
  const wanted = packages.join(' ');
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
    process.stderr.write(`installing ${wanted}\n`);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(path.dirname(place), { recursive: true });
    spawnSync('python3', ['-m', 'venv', place], { stdio: ['ignore', 2, 2] });
    for (const some of together ? [packages] : packages.map((one) => [one])) {
      spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...some], {
        stdio: ['ignore', 2, 2],
      });
    }
    writeFileSync(marker, wanted);
  }
  const listed = spawnSync(python, ['-m', 'pip', 'list', '--format=json', '--disable-pip-version-check']);
  const found = new Map(
    JSON.parse(listed.stdout.toString()).map(({ name: one, version }) => [one.replaceAll('_', '-'), version]),
  );
  const names = packages.map((one) => one.replace(/[=<].*/, ''));
  return {
    python,
    versions: Object.fromEntries(names.map((one) => [one, found.get(one) ?? '(does not install here)'])),
  };
}
