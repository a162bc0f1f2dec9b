// Writes manifests for models with and without GPUs, plans and volumes, and checks them against the schemas of
// Kubernetes and KServe. Needs python3 and, at the first run, PyPI.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, root } from '../setup.js';
import { pythonWith } from './environment.js';

const command = join(root, 'bin', 'infer-opt.js');
const script = fileURLToPath(new URL('./check_manifests.py', import.meta.url));
const model = join(root, 'fixtures', 'glyphs-resnet.onnx');

/** Flags of `package` that change what is written. */
const layouts = {
  plain: [],
  gpu: ['--kind', 'gpu', '--gpus', '0,1', '--instances', '2'],
  busy: ['--instances', '4', '--threads', '2', '--response-cache', '--rate-limit', 'cores=2'],
  cloud: ['--storage', 's3://bucket/models', '--image', 'registry.local/triton:1', '--name', 'A "name"_1'],
};

ensureBuilt({ acceptErrors: true });
const python = pythonWith(
  join(root, '.cache', 'manifests'),
  ['kubernetes-validate', 'kubernetes', 'pyyaml', 'six'],
  'import kubernetes_validate, kubernetes, yaml, six',
);
try {
  execFileSync(python, ['-c', 'import importlib.util as i; assert i.find_spec("kserve")'], {
    stdio: 'ignore',
  });
} catch {
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', 'kserve'], { stdio: 'ignore' });
}
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-manifests-'));
try {
  const files = Object.entries(layouts).flatMap(([name, flags]) => {
    const cluster = join(folder, name, 'cluster');
    mkdirSync(join(folder, name));
    const words = [
      model,
      '-o',
      join(folder, name, 'repository'),
      '--manifests',
      cluster,
      '--quiet',
      ...flags,
    ];
    execFileSync(process.execPath, [command, 'package', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readdirSync(cluster).map((file) => join(cluster, file));
  });
  files.push(join(root, 'examples', 'kubernetes-indexed-job.yaml'));
  const results = JSON.parse(
    execFileSync(python, [script], { input: JSON.stringify(files), encoding: 'utf8' }),
  );
  for (const { file, kind, findings, caught } of results) {
    const sound = findings.length === 0 && caught;
    console.log(
      `${sound ? 'ok  ' : 'BAD '} ${relative(file.startsWith(folder) ? folder : root, file)}: ${kind}${caught ? '' : '; a wrong one is not caught'}`,
    );
    for (const finding of findings) console.log(`     ${finding}`);
    if (!sound) process.exitCode = 1;
  }
  console.log(`${results.length} objects in ${files.length} files`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
