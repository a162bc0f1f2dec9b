import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Unpacks every suite into a folder of its own.
 * @param {string} source folder of .tar.gz files
 * @param {string} target
 * @param {string | undefined} only name of the one suite that is wanted
 * @returns {{ name: string, folder: string }[]}
 */
export function unpack(source, target, only) {
  const archives = readdirSync(source)
    .filter((name) => name.endsWith('.tar.gz'))
    .sort();
  return archives.flatMap((archive) => {
    const name = archive.slice(0, -'.tar.gz'.length);
    if (only !== undefined && only !== name) return [];
    const folder = path.join(target, name);
    mkdirSync(folder);
    execFileSync('tar', ['xzf', path.join(source, archive), '-C', folder]);
    return [{ name, folder }];
  });
}

/**
 * Every .onnx file of the suites, in the order of their paths.
 * @param {{ name: string, folder: string }[]} suites
 * @returns {{ suite: string, name: string, file: string }[]} `name` is the path inside the suite
 */
export function findModels(suites) {
  return suites.flatMap(({ name: suite, folder }) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.onnx'))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({ suite, name: path.relative(folder, file), file })),
  );
}
