import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { InferOptError, messageOf } from '../../errors.js';
import { optionsInHelp } from './options.js';
import type { Trtexec } from './trtexec.js';
import { parseVersion, versionInBanner } from './version.js';

const isWindows = process.platform === 'win32';
const programName = isWindows ? 'trtexec.exe' : 'trtexec';

/** Where NVIDIA's packages, containers and archives put it. */
const installFolders = isWindows
  ? ['C:\\TensorRT\\bin', 'C:\\Program Files\\NVIDIA GPU Computing Toolkit\\TensorRT\\bin']
  : ['/usr/src/tensorrt/bin', '/opt/tensorrt/bin', '/usr/local/tensorrt/bin', '/opt/TensorRT/bin'];

/** How NVIDIA hands it out, for those who have none. */
export const installHint =
  "use NVIDIA's container nvcr.io/nvidia/tensorrt, its tar archive (put its bin folder on the PATH) or its libnvinfer-bin package; or name it with --trtexec or TRTEXEC";

export interface FindOptions {
  /** Path given by the user; it must work. */
  readonly given?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** Where trtexec lies: `--trtexec`, then TRTEXEC, the PATH, the usual folders. Undefined where there is none. */
export function locateTrtexec({ given, env = process.env }: FindOptions = {}): string | undefined {
  const named = given ?? (env.TRTEXEC === '' ? undefined : env.TRTEXEC);
  if (named !== undefined) {
    const file = existsSync(named) && statSync(named).isDirectory() ? path.join(named, programName) : named;
    if (isProgram(file)) return file;
    const who = given === undefined ? 'TRTEXEC' : '--trtexec';
    throw new InferOptError('environment', `${who} names ${named}, which is no program that can be run`, {
      hint: 'give the path of trtexec itself, or leave it out to have it looked for',
    });
  }
  const folders = [
    ...(env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== ''),
    ...installFolders,
  ];
  return [...folders, ...archiveFolders()].map((folder) => path.join(folder, programName)).find(isProgram);
}

/** Archives unpack into a folder with the version in its name: /opt/TensorRT-10.2.0.19/bin. */
function archiveFolders(): string[] {
  return ['/opt', '/usr/local'].flatMap((parent) => {
    if (!existsSync(parent)) return [];
    const versions = readdirSync(parent).filter((name) => /^TensorRT-\d/.test(name));
    return versions
      .sort()
      .reverse()
      .map((name) => path.join(parent, name, 'bin'));
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Long enough for a first start that loads its libraries from a slow disk. */
const helpTimeout = 60_000;

/**
 * Finds trtexec and asks it for its version and options. Throws `environment` when there is none, or when it does not
 * start.
 */
export async function findTrtexec(options: FindOptions = {}): Promise<Trtexec> {
  const file = locateTrtexec(options);
  if (file === undefined) {
    throw new InferOptError(
      'environment',
      'trtexec was not found: without it no TensorRT engine can be built',
      {
        hint: installHint,
      },
    );
  }
  const { signal } = options;
  const result = await execa(file, ['--help'], {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: helpTimeout,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  const version = versionInBanner(result.all);
  if (version === undefined) {
    const missing = /error while loading shared libraries: ([^:]+)/.exec(result.all)?.[1];
    if (missing !== undefined) {
      throw new InferOptError('environment', `${file} does not start: the library ${missing} is not found`, {
        hint: "add TensorRT's lib folder to LD_LIBRARY_PATH, or install the CUDA libraries that belong to it",
      });
    }
    const reason = result.timedOut
      ? `no answer in ${helpTimeout / 1000} s`
      : lastLine(result.all, result.shortMessage);
    throw new InferOptError('environment', `${file} did not tell its version: ${reason}`, {
      hint: 'check that it is trtexec of TensorRT, and that "trtexec --help" works',
    });
  }
  return { path: file, version, source: 'asked', options: optionsInHelp(result.all) };
}

/** A trtexec that is not asked: for a dry run. */
export function imaginedTrtexec(version: string, source: 'given' | 'assumed'): Trtexec {
  return { path: null, version: parseVersion(version), source, options: undefined };
}

function lastLine(output: string, otherwise: string | undefined): string {
  return messageOf(output.trim().split('\n').at(-1) || (otherwise ?? 'it said nothing'));
}
