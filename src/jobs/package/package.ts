import { mkdtemp, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { InferOptError } from '../../errors.js';
import { temporaryPrefix } from '../../leftovers.js';
import type { Progress } from '../../progress.js';
import { parseAccelerator } from '../../serve/triton/accelerators.js';
import { buildConfig } from '../../serve/triton/build-config.js';
import { describeArtifact, type DescribedArtifact } from './describe-artifact.js';
import type { PackageWishes } from './wishes.js';
import { readPlanSettings, type PlannedSettings } from './plan-settings.js';
import { checkManifests, writeManifests } from '../../serve/kubernetes/manifests.js';
import { findLabels } from '../../serve/labels.js';
import type { PackagedModel, PackageResult } from '../../serve/package-result.js';
import { defaultSettings, type ServingSettings } from '../../serve/settings.js';
import { ensembleConfig } from '../../serve/triton/ensemble.js';
import { versionPolicy } from '../../serve/triton/version-policy.js';
import { writeRepository, type RepositoryModel, type WrittenModel } from '../../serve/triton/repository.js';
import { thisTool } from '../../tool.js';

interface Work {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Joins the rooms that packaging needs: each artifact is looked at and run, then all are written at once. */
export async function packageArtifacts(wishes: PackageWishes, work: Work): Promise<PackageResult> {
  checkWishes(wishes);
  const warnings: string[] = [];
  const plan = wishes.plan === undefined ? undefined : await readPlanSettings(wishes.plan);
  const scratch = await mkdtemp(temporaryPrefix());
  const step = work.progress.start('Packaging', wishes.artifacts.length);
  try {
    const parts: {
      model: RepositoryModel;
      artifact: string | null;
      described?: DescribedArtifact;
      batch: string;
    }[] = [];
    const settings = settingsOf(wishes, plan);
    for (const path of wishes.artifacts) {
      step.note(path);
      const described = await describeArtifact(path, {
        ...wishes,
        ...work,
        scratch,
        planned: plan,
        warnings,
      });
      const model = await repositoryModel(path, described, settings, plan, wishes);
      parts.push({ model, artifact: path, described, batch: described.batchText });
      step.advance();
    }
    if (wishes.ensemble !== undefined) {
      const config = ensembleConfig(
        wishes.ensemble,
        parts.map(({ model }) => ({ config: model.config })),
      );
      const batch = 'the least of its models';
      parts.push({ model: { config, files: [], sideFiles: [] }, artifact: null, batch });
    }
    const written = await writeRepository(
      wishes.output,
      parts.map(({ model }) => model),
      { replaceConfig: wishes.replaceConfig === true, signal: work.signal },
    );
    const models = parts.map(({ model, artifact, batch }, index) =>
      packaged(written[index]!, model, { artifact, batch, settings, from: wishes.plan ?? 'default' }),
    );
    for (const { config_path, differs } of models) {
      if (differs.length > 0) warnings.push(`${config_path} was kept; it differs in ${differs.join(', ')}`);
    }
    const manifests =
      wishes.manifests === undefined
        ? []
        : await writeManifests(wishes.manifests, {
            name: wishes.ensemble ?? models[0]!.name,
            storage: wishes.storage,
            image: wishes.image,
            replicas: 1,
            cpus: Math.max(
              1,
              settings.instances * (wishes.threads ?? plan?.threads ?? 1) * wishes.artifacts.length,
            ),
            memoryBytes: memoryOf(
              parts.flatMap(({ described }) => described ?? []),
              settings.instances,
            ),
            gpus: gpusOf(
              wishes,
              parts.flatMap(({ described }) => described ?? []),
            ),
            rateLimited: wishes.rateLimit !== undefined,
            responseCache: wishes.responseCache === true,
          });
    return {
      schema: 'infer-opt/package@1',
      tool: thisTool(),
      target: 'triton',
      repository: wishes.output,
      models,
      manifests,
      warnings,
    };
  } finally {
    step.done();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function repositoryModel(
  path: string,
  described: DescribedArtifact,
  settings: ServingSettings,
  plan: PlannedSettings | undefined,
  wishes: PackageWishes,
): Promise<RepositoryModel> {
  const labels =
    wishes.labels === undefined || described.interface === undefined
      ? undefined
      : await findLabels(wishes.labels, described.interface);
  const limit = described.largestBatch ?? Infinity;
  if ((wishes.maxBatch ?? 0) > limit) {
    throw new InferOptError(
      'usage',
      `${path} was built for batches up to ${limit}, not ${String(wishes.maxBatch)}`,
      {
        hint: 'build the engine with a larger profile, or lower --max-batch',
      },
    );
  }
  const accelerators = (wishes.accelerator ?? []).map(parseAccelerator);
  if (accelerators.length > 0 && described.backend.name !== 'onnxruntime')
    throw new InferOptError(
      'usage',
      `${path}: accelerators are for ONNX models, and this is an engine already`,
    );
  const preferred = wishes.preferred ?? plan?.settings.preferred ?? described.preferred;
  const config = buildConfig({
    name: modelName(path, wishes.name),
    backend: described.backend,
    interface: described.interface,
    batch: described.batch,
    settings: {
      ...settings,
      maxBatch: Math.min(settings.maxBatch, limit),
      preferred: preferred.filter((size) => size <= Math.min(settings.maxBatch, limit)),
    },
    group: {
      kind: kindOf(described, wishes),
      gpus: wishes.gpus ?? [],
      resources: Object.fromEntries((wishes.rateLimit ?? []).map(rateResource)),
    },
    threads: wishes.threads ?? plan?.threads,
    state: described.state,
    idleMs: wishes.idle,
    warmUpRuns: wishes.warmUp,
    lengths: described.lengths,
    versions: wishes.versions === undefined ? undefined : versionPolicy(wishes.versions),
    responseCache: wishes.responseCache === true,
    accelerators,
    saved: described.saved,
    labels: labels === undefined ? new Map() : new Map([[labels.output, 'labels.txt']]),
  });
  const sideFiles = labels === undefined ? [] : [{ from: labels.path, to: 'labels.txt' }];
  return { config, files: described.files, sideFiles };
}

/** Mistakes that can be told before anything is read. */
function checkWishes(wishes: PackageWishes): void {
  const names = wishes.artifacts.map((path) => modelName(path, wishes.name));
  if (wishes.name !== undefined && names.length > 1) {
    throw new InferOptError('usage', '--name names one model, and there are several', {
      hint: 'leave it out: each model is then called like its file',
    });
  }
  const all = wishes.ensemble === undefined ? names : [...names, checkedName(wishes.ensemble)];
  const double = all.find((name, index) => all.indexOf(name) !== index);
  if (double !== undefined)
    throw new InferOptError('usage', `two models would be called ${double}`, {
      hint: 'package one with --name',
    });
  if (wishes.ensemble !== undefined && names.length < 2)
    throw new InferOptError('usage', '--ensemble joins two models or more');
  if (wishes.labels !== undefined && names.length > 1)
    throw new InferOptError('usage', '--labels goes with one model', {
      hint: 'package that model by itself first',
    });
  if (wishes.manifests !== undefined) checkManifests(wishes.manifests, wishes.force === true);
}

function modelName(path: string, name: string | undefined): string {
  return checkedName(name ?? basename(path).replace(/\.(onnx|plan|engine)$/i, ''));
}

/** A name is a folder in the repository and a part of addresses. */
function checkedName(name: string): string {
  if (name !== '' && !name.startsWith('.') && !/[\u0000-\u001f\u007f/\\]/.test(name)) return name;
  throw new InferOptError('usage', `a model cannot be called ${JSON.stringify(name)}`, {
    hint: 'give another --name',
  });
}

function settingsOf(wishes: PackageWishes, plan: PlannedSettings | undefined): ServingSettings {
  const base = plan?.settings ?? defaultSettings;
  const settings = {
    maxBatch: wishes.maxBatch ?? base.maxBatch,
    windowMs: wishes.window ?? base.windowMs,
    preferred: wishes.preferred ?? base.preferred,
    instances: wishes.instances ?? base.instances,
    queueLimit: wishes.queueLimit ?? base.queueLimit,
    queueTimeoutMs: wishes.queueTimeout ?? base.queueTimeoutMs,
  };
  const large = settings.preferred.find((size) => size > settings.maxBatch);
  if (large !== undefined)
    throw new InferOptError(
      'usage',
      `a preferred batch of ${large} is more than the largest, ${settings.maxBatch}`,
    );
  return settings;
}

/** `NAME=COUNT`. */
function rateResource(text: string): [string, number] {
  const match = /^([^=]+)=([1-9]\d{0,8})$/.exec(text);
  if (match === null)
    throw new InferOptError('usage', `--rate-limit ${text} is no NAME=COUNT`, {
      hint: 'such as --rate-limit cores=1',
    });
  return [match[1]!, Number(match[2])];
}

function kindOf(described: DescribedArtifact, wishes: PackageWishes): 'cpu' | 'gpu' {
  if (described.backend.name === 'tensorrt') {
    if (wishes.kind === 'cpu')
      throw new InferOptError('usage', 'a TensorRT engine runs on a GPU, not on --kind cpu');
    return 'gpu';
  }
  const onGpu = wishes.accelerator?.some((text) => text.startsWith('tensorrt')) === true;
  return wishes.kind ?? (onGpu || (wishes.gpus?.length ?? 0) > 0 ? 'gpu' : 'cpu');
}

function gpusOf(wishes: PackageWishes, described: readonly DescribedArtifact[]): number {
  if (!described.some((one) => kindOf(one, wishes) === 'gpu')) return 0;
  return wishes.gpus === undefined || wishes.gpus.length === 0 ? 1 : Math.max(...wishes.gpus) + 1;
}

/** What the server itself takes, about. */
const serverBytes = 512 * 2 ** 20;

function memoryOf(described: readonly DescribedArtifact[], instances: number): number {
  return described.reduce((sum, { memoryBytes }) => sum + memoryBytes * instances, serverBytes);
}

function packaged(
  written: WrittenModel,
  { config }: RepositoryModel,
  more: { artifact: string | null; batch: string; settings: ServingSettings; from: string },
): PackagedModel {
  return {
    ...written,
    artifact: more.artifact,
    backend: config.backend ?? config.platform ?? '',
    max_batch_size: config.max_batch_size ?? null,
    batch: more.batch,
    settings_from: more.from,
    window_ms: config.dynamic_batching === undefined ? null : more.settings.windowMs,
    instances: more.settings.instances,
  };
}
