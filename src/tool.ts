import { readFileSync } from 'node:fs';

/** Who made a result: part of every result object. */
export interface Tool {
  readonly name: 'infer-opt';
  readonly version: string;
}

/** This tool, with the version in package.json. */
export function thisTool(): Tool {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return { name: 'infer-opt', version: (JSON.parse(text) as { version: string }).version };
}
