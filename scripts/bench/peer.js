import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './quantization-cases.js';

const script = fileURLToPath(new URL('./peer_quantize.py', import.meta.url));

/**
 * onnxruntime.quantization of the version that onnxruntime-node has, in a Python environment of its own; it is made at
 * the first call and reused, and can be thrown away at any time.
 * @returns {{ python: string, version: string }}
 */
export function preparePeer(folder = path.join(root, '.cache/compare-venv')) {
  const { version } = JSON.parse(
    readFileSync(path.join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
  );
  const python = path.join(folder, 'bin/python');
  if (!existsSync(python)) {
    mkdirSync(path.dirname(folder), { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const wanted = [`onnxruntime==${version}`, 'onnx', 'numpy', 'sympy'];
  if (installedVersion(python) !== version) {
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return { python, version };
}

/** @param {string} python */
function installedVersion(python) {
  try {
    const code = 'import onnx, sympy, onnxruntime; print(onnxruntime.__version__)';
    return execFileSync(python, ['-c', code], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

/**
 * Quantizes with the peer.
 * @param {string} python
 * @param {{ model: string, output: string, mode: string, samples: unknown }} job
 * @returns {{ notes: string[], seconds: number }} what was done on the way, and how long it took
 */
export function quantizeWithPeer(python, job) {
  const started = performance.now();
  const output = execFileSync(python, ['-W', 'ignore', script], {
    input: JSON.stringify(job),
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
  // The tool prints to stdout as well; the answer is the last line.
  const { notes } = JSON.parse(output.toString().trim().split('\n').at(-1) ?? '');
  return { notes, seconds: (performance.now() - started) / 1000 };
}
