import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../output-file.js';
import type { Tool } from '../tool.js';
import type { CompileReport, Setting } from './compiler.js';
import type { HashedFile } from './hash.js';

/** What made an artifact: it stands beside it as `OUT.json` and counts as part of it. */
export interface Manifest {
  readonly schema: 'infer-opt/manifest@1';
  readonly tool: Tool;
  readonly target: string;
  /** Over everything that decides what the artifact is: equal keys, equal artifacts. */
  readonly key: string;
  readonly input: HashedFile;
  readonly output: HashedFile;
  /** Files that the output needs beside it. */
  readonly companions: readonly string[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly environment: Readonly<Record<string, Setting>>;
  readonly tied_to: string;
  readonly report: CompileReport;
  readonly warnings: readonly string[];
  /** When it was made, ISO 8601, and how long it took. */
  readonly created: string;
  readonly elapsed_ms: number;
}

/** The parts that are looked at before the rest is believed. */
const recognized = z.looseObject({
  schema: z.literal('infer-opt/manifest@1'),
  key: z.string(),
  output: z.looseObject({ sha256: z.string() }),
  companions: z.array(z.string()),
});

export function manifestPath(output: string): string {
  return `${output}.json`;
}

/** A hash over values whose objects may list their fields in any order. */
export function keyOf(parts: Setting): string {
  return createHash('sha256').update(canonical(parts)).digest('hex');
}

function canonical(value: Setting): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Setting[]).map(canonical).join(',')}]`;
  const fields = Object.entries(value as Readonly<Record<string, Setting>>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

/** The manifest beside an artifact; undefined where there is none, or none of ours. */
export async function readManifest(output: string): Promise<Manifest | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(manifestPath(output), 'utf8'));
  } catch {
    // Absent, or not JSON: either way it says nothing about the artifact, which is then built.
    return undefined;
  }
  // Equal keys name the same version of this tool, so what follows the recognized parts has this shape.
  return recognized.safeParse(value).success ? (value as Manifest) : undefined;
}

export async function writeManifest(manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  await writeWhole(manifestPath(manifest.output.path), (temporary) => writeFile(temporary, text));
}

/** Takes away what is about to become wrong: an artifact without a manifest is better than with another's. */
export async function removeManifest(output: string): Promise<void> {
  await rm(manifestPath(output), { force: true });
}
