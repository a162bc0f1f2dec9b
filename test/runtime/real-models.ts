import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';

const folder = path.resolve(import.meta.dirname, '../../../shared/real/models');
const present = existsSync(folder);
if (!present) console.warn(`skipped: no real models at ${folder}`);

/** Tests on real models, skipped where they are absent. */
export const describeReal = describe.skipIf(!present);

export function realModel(name: string): string {
  return path.join(folder, `${name}.onnx`);
}
