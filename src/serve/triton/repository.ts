import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { asOutputError } from '../../output-file.js';
import { InferOptError } from '../../errors.js';
import type { FileCopy } from '../artifact-files.js';
import { compareConfigs, readConfig } from './existing-config.js';
import type { ModelConfig } from './model-config.js';
import { StagedFolder } from './staged-folder.js';
import { writeTextFormat } from './text-format.js';

/** A model folder to be made, or a version to be added to one. */
export interface RepositoryModel {
  readonly config: ModelConfig;
  /** The files of the version; none for an ensemble, whose version folder is empty. */
  readonly files: readonly FileCopy[];
  /** Files of the model's folder, such as labels. */
  readonly sideFiles: readonly FileCopy[];
}

/** What became of a model. */
export interface WrittenModel {
  readonly name: string;
  readonly version: number;
  /** The version's folder. */
  readonly path: string;
  readonly config_path: string;
  /** `kept`: the folder had a configuration already, which stays. */
  readonly config: 'written' | 'kept' | 'replaced';
  /** Fields of the configuration in which a kept one differs from what would have been written. */
  readonly differs: readonly string[];
}

/**
 * Writes models into a repository: new folders, or the next version of a model that is there. Nothing that
 * exists is changed, apart from a configuration with `replaceConfig`; all of it happens, or nothing does.
 *
 * @throws InferOptError `output` where the repository cannot be written, `usage` where a model of that name is
 * there whose inputs, outputs or engine are others
 */
export async function writeRepository(
  repository: string,
  models: readonly RepositoryModel[],
  options: { replaceConfig?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<WrittenModel[]> {
  const exists = await isFolder(repository, repository);
  if (!exists) await requireParent(repository);
  const written = await Promise.all(
    models.map((model) => placeOf(repository, model, options.replaceConfig === true)),
  );
  const staged = await StagedFolder.create(repository, exists);
  try {
    for (const [index, model] of models.entries()) {
      options.signal?.throwIfAborted();
      await stage(staged, model, written[index]!);
    }
    options.signal?.throwIfAborted();
    await staged.moveIntoPlace();
  } catch (thrown) {
    throw asOutputError(thrown, repository);
  } finally {
    await staged.remove();
  }
  return written;
}

async function stage(staged: StagedFolder, model: RepositoryModel, place: WrittenModel): Promise<void> {
  const { name, version } = place;
  const versionFolder = join(name, String(version));
  await staged.folder(versionFolder);
  for (const { from, to } of model.files) await staged.copy(from, join(versionFolder, to));
  for (const { from, to } of model.sideFiles) {
    if (!(await sameContent(from, staged.finalPath(join(name, to))))) await staged.copy(from, join(name, to));
  }
  if (place.config !== 'kept') await staged.write(join(name, 'config.pbtxt'), writeTextFormat(model.config));
}

async function placeOf(
  repository: string,
  { config, sideFiles }: RepositoryModel,
  replaceConfig: boolean,
): Promise<WrittenModel> {
  const { name } = config;
  const folder = join(repository, name);
  const configPath = join(folder, 'config.pbtxt');
  const place = (version: number, more: Pick<WrittenModel, 'config' | 'differs'>): WrittenModel => ({
    name,
    version,
    path: join(folder, String(version)),
    config_path: configPath,
    ...more,
  });
  if (!(await isFolder(folder, repository))) return place(1, { config: 'written', differs: [] });
  const version = (await latestVersion(folder)) + 1;
  for (const { from, to } of sideFiles) {
    if (!replaceConfig && (await sameContent(from, join(folder, to))) === false) {
      throw new InferOptError('output', `${join(folder, to)} is there with other content`, {
        hint: 'give --replace-config to replace it, or another --name',
      });
    }
  }
  const present = await readConfig(configPath);
  if (present === undefined) return place(version, { config: 'written', differs: [] });
  const { conflict, settings } = compareConfigs(present, config);
  if (conflict !== undefined) {
    throw new InferOptError('usage', `${folder} cannot take this model as a version: ${conflict}`, {
      hint: 'give another --name',
    });
  }
  if (!replaceConfig) return place(version, { config: 'kept', differs: settings });
  return place(version, { config: settings.length === 0 ? 'kept' : 'replaced', differs: [] });
}

/** The highest version of a model: folders whose names are whole numbers without a leading zero, as Triton reads them. */
async function latestVersion(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const versions = entries.filter((entry) => entry.isDirectory() && /^[1-9]\d{0,14}$/.test(entry.name));
  return Math.max(0, ...versions.map(({ name }) => Number(name)));
}

/** Whether there is a folder; throws `output` when something else has the name. */
async function isFolder(path: string, repository: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw asOutputError(thrown, repository);
  }
  throw new InferOptError('output', `cannot write into ${path}: it is no folder`, {
    hint: 'give a folder for the repository; it may be one that does not exist yet',
  });
}

async function requireParent(repository: string): Promise<void> {
  const parent = dirname(resolve(repository));
  if (await isFolder(parent, repository)) return;
  throw new InferOptError(
    'output',
    `cannot write ${basename(repository)}: the folder ${parent} does not exist`,
    {
      hint: 'create the folder first, or choose another path',
    },
  );
}

/** Undefined when `there` does not exist. */
async function sameContent(from: string, there: string): Promise<boolean | undefined> {
  try {
    const present = await readFile(there);
    return present.equals(await readFile(from));
  } catch (thrown) {
    const { code, path } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === there) return undefined;
    throw thrown;
  }
}
