import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('trtexec-stand-in.js', import.meta.url));

export interface StandInSettings {
  readonly version: string;
  readonly failure?: string;
  /** What a strongly typed graph carries. */
  readonly graph?: string;
  /** File to hand out as the outputs of any sample. */
  readonly outputs?: string;
  /** JSON file with the outputs by the SHA-256 of the inputs. */
  readonly answers?: string;
  readonly queryMs?: number;
}

export interface StandIn {
  readonly path: string;
  readonly state: string;
  /** The words of each call so far, questions for help left out. */
  calls(): Promise<string[][]>;
}

let made = 0;

/** An executable `trtexec` that behaves as that version does: see trtexec-stand-in.js. */
export async function standIn(folder: string, settings: StandInSettings): Promise<StandIn> {
  const state = join(folder, `trtexec-${(made += 1)}`);
  await mkdir(state);
  const path = join(state, 'trtexec');
  const calls = join(state, 'calls');
  const variables = {
    STAND_IN_VERSION: settings.version,
    STAND_IN_FAILURE: settings.failure ?? '',
    STAND_IN_STATE: state,
    STAND_IN_CALLS: calls,
    ...(settings.graph === undefined ? {} : { STAND_IN_GRAPH: settings.graph }),
    ...(settings.answers === undefined ? {} : { STAND_IN_ANSWERS: settings.answers }),
    ...(settings.queryMs === undefined ? {} : { STAND_IN_QUERY_MS: String(settings.queryMs) }),
    ...(settings.outputs === undefined ? {} : { STAND_IN_OUTPUTS: settings.outputs }),
  };
  const assignments = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  await writeFile(
    path,
    `#!/bin/sh\n${assignments.join('\n')}\nexec '${process.execPath}' '${script}' "$@"\n`,
  );
  await chmod(path, 0o755);
  return {
    path,
    state,
    async calls() {
      const lines = (await readFile(calls, 'utf8')).trim().split('\n');
      return lines.map((line) => JSON.parse(line) as string[]).filter((words) => !words.includes('--help'));
    },
  };
}
