import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup.js';

const folder = path.join(root, '.cache', 'compare-peers');

/**
 * One cell of the table on the disk: what was found, with a key of everything that it depends on.
 * @param {string} model
 * @param {string} name
 */
export function cell(model, name) {
  const place = path.join(folder, model);
  const stem = name.replaceAll(/[^A-Za-z0-9.-]+/g, '-');
  mkdirSync(place, { recursive: true });
  const file = path.join(place, `${stem}.json`);
  return {
    artifact: path.join(place, `${stem}.onnx`),
    /** @param {string} [key] without one whatever is there counts */
    read: (key) => {
      if (!existsSync(file)) return undefined;
      const stored = JSON.parse(readFileSync(file, 'utf8'));
      return key === undefined || stored.key === key ? stored : undefined;
    },
    /** @param {object} found @param {string} key */
    write: (found, key) => {
      const stored = { key, date: new Date().toISOString(), ...found };
      writeFileSync(`${file}.part`, JSON.stringify(stored, null, 1));
      renameSync(`${file}.part`, file);
      return stored;
    },
  };
}

/** @param {string} file */
export function sumOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}
