import { rm } from 'node:fs/promises';
import path from 'node:path';
import { InferOptError } from '../../errors.js';
import type { Value } from '../../ir/value.js';
import { writeModel } from '../../onnx/write-file.js';
import { checkOutputFile } from '../../output-file.js';
import { withTemporaryFolder } from '../../runtime/temporary-folder.js';
import type { BuiltArtifact, CompilePlan, Compiler, CompileRequest, Setting } from '../compiler.js';
import { buildWords } from './commands/build.js';
import { measureWords } from './commands/measure.js';
import { buildEngine } from './engine.js';
import type { EngineValue } from './engine-facts.js';
import { planEngine, type EnginePlan } from './plan.js';
import { isError } from './preflight/list.js';
import { profileReport } from './profiles.js';
import type { TensorRtReport } from './report.js';
import { timingCachePath } from './timing-cache.js';
import { formatVersion } from './version.js';

/** An engine, built and proved by trtexec. */
export const tensorrt: Compiler = {
  name: 'tensorrt',
  summary: 'an engine for an NVIDIA GPU, built, checked and timed by whichever trtexec is installed',
  async plan(model, request) {
    const { saveFixed } = request.tensorrt ?? {};
    if (saveFixed !== undefined) await checkOutputFile(saveFixed, [request.model]);
    await checkOutputFile(logPath(request.output), [request.model]);
    const plan = await planEngine(model, request);
    const report = reportOf(plan, request);
    if (saveFixed !== undefined) await writeModel(model, saveFixed);
    if (report.blocked && request.dryRun !== true) throw objection(plan);
    const { job, gpu } = plan;
    return {
      settings: settingsOf(plan, request),
      environment: {
        tensorrt: formatVersion(job.trtexec.version),
        gpu: gpu?.name ?? null,
        driver: gpu?.driver ?? null,
        compute_capability: gpu?.compute_capability ?? null,
        platform: process.platform,
        arch: process.arch,
      },
      tiedTo: tiedTo(plan),
      report,
      // Findings are in the report, with what to do about each.
      warnings: plan.warnings,
      build: () => build(plan, report, request),
    } satisfies CompilePlan;
  },
};

/** The log of trtexec is kept, above all when it fails. */
export function logPath(output: string): string {
  return `${output}.log`;
}

async function build(
  plan: EnginePlan,
  report: TensorRtReport,
  request: CompileRequest,
): Promise<BuiltArtifact> {
  const { job, model, fixes, gpu } = plan;
  const log = logPath(request.output);
  await rm(log, { force: true });
  return withTemporaryFolder(async (folder) => {
    let source = path.resolve(request.model);
    if (fixes.length > 0) {
      source = path.join(folder, 'mended.onnx');
      await writeModel(model, source);
    }
    const timingCache = timingCachePath(job.intent, job.trtexec.version, gpu?.name);
    const built = await buildEngine(
      plan,
      { model: source, output: request.output, log, timingCache },
      request,
    );
    return {
      report: {
        ...report,
        engine: { build_seconds: built.buildSeconds ?? null, attempts: built.attempts, log },
        layers: built.layers ?? null,
        latency: built.latency ?? null,
        accuracy: built.accuracy ?? null,
      },
      warnings: built.warnings,
      companions: [],
    };
  });
}

function reportOf(
  { job, model: planned, findings, fixes, gpu }: EnginePlan,
  request: CompileRequest,
): TensorRtReport {
  const { trtexec, intent, precision, profiles } = job;
  const program = trtexec.path ?? 'trtexec';
  const model = fixes.length === 0 ? request.model : (intent.saveFixed ?? 'MENDED.onnx');
  const cache = timingCachePath(intent, trtexec.version, gpu?.name);
  const files = { model, engine: request.output, layers: 'LAYERS.json', timingCache: cache };
  const measured = { engine: request.output, times: 'TIMES.json' };
  return {
    target: 'tensorrt',
    trtexec: { path: trtexec.path, version: formatVersion(trtexec.version), source: trtexec.source },
    device:
      gpu === undefined
        ? null
        : { name: gpu.name, driver: gpu.driver, compute_capability: gpu.compute_capability },
    precision,
    interface: {
      inputs: engineValues(planned.graph.requiredInputs),
      outputs: engineValues(planned.graph.outputs),
    },
    profiles: profiles.map(profileReport),
    commands: {
      // What the preflight objects to may have no command line at all.
      build: findings.some(isError)
        ? tryWords(() => [program, ...buildWords(job, files)])
        : [program, ...buildWords(job, files)],
      measure: [program, ...measureWords(job, measured)],
    },
    findings,
    fixes,
    blocked: findings.some(isError),
    engine: null,
    layers: null,
    latency: null,
    accuracy: null,
  };
}

function engineValues(values: readonly Value[]): EngineValue[] {
  return values.flatMap(({ name, type }) =>
    type?.kind === 'tensor'
      ? [{ name, dtype: type.dtype, dims: (type.dims ?? []).map((dim) => dim ?? '') }]
      : [],
  );
}

function tryWords(words: () => string[]): string[] {
  try {
    return words();
  } catch (thrown) {
    if (thrown instanceof InferOptError && thrown.code === 'usage') return [];
    throw thrown;
  }
}

/** Everything of the intent that decides what the engine is; where caches and programs lie does not. */
function settingsOf({ job, fixes }: EnginePlan, request: CompileRequest): Record<string, Setting> {
  const { intent, precision, profiles } = job;
  return {
    precision,
    profiles: profiles.map((profile) => profileReport(profile) as unknown as Setting),
    workspace_mib: intent.workspaceMiB ?? null,
    builder_level: intent.builderLevel ?? null,
    sparsity: intent.sparsity ?? 'disable',
    version_compatible: intent.versionCompatible ?? false,
    hardware_compatibility: intent.hardwareCompatibility ?? 'none',
    strip_weights: intent.stripWeights ?? false,
    locked_timing_cache: intent.lockedTimingCache ?? false,
    device: intent.device ?? 0,
    fixes,
    extra: intent.extra ?? [],
    data: request.data ?? null,
    measured: request.measure !== false,
  };
}

function tiedTo({ job, gpu }: EnginePlan): string {
  const { versionCompatible, hardwareCompatibility } = job.intent;
  const version = `TensorRT ${formatVersion(job.trtexec.version)}${versionCompatible === true ? ' and later' : ''}`;
  const device = gpu?.name ?? 'the GPU that builds it';
  const others =
    hardwareCompatibility === undefined || hardwareCompatibility === 'none'
      ? ''
      : ` (${hardwareCompatibility})`;
  return `${version} on ${device}${others}`;
}

function objection({ findings }: EnginePlan): InferOptError {
  const errors = findings.filter(isError);
  const [first] = errors;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more: see --dry-run)`;
  return new InferOptError('model', `TensorRT would not build it: ${first!.message}${more}`, {
    hint: first!.hint,
  });
}
