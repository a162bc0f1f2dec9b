import { access, rm } from 'node:fs/promises';
import { InferOptError } from '../errors.js';
import { externalFiles } from '../onnx/external-files.js';
import { loadModel } from '../onnx/load.js';
import { checkOutputFile } from '../output-file.js';
import { thisTool, type Tool } from '../tool.js';
import type { CompilePlan, CompileReport, Compiler, CompileRequest, Setting } from './compiler.js';
import { hashFile, type HashedFile } from './hash.js';
import { compilers } from './list.js';
import {
  keyOf,
  manifestPath,
  readManifest,
  removeManifest,
  writeManifest,
  type Manifest,
} from './manifest.js';

/** What `compile` did: the result object of the command. */
export interface CompileResult {
  readonly schema: 'infer-opt/compile@1';
  readonly tool: Tool;
  readonly target: string;
  /** `built`; `reused`: the manifest matched and nothing was done; `planned`: a dry run. */
  readonly state: 'built' | 'reused' | 'planned';
  readonly input: HashedFile;
  /** Null in a dry run. */
  readonly output: HashedFile | null;
  readonly manifest: string | null;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly environment: Readonly<Record<string, Setting>>;
  readonly tied_to: string;
  readonly report: CompileReport;
  readonly elapsed_ms: number;
  readonly warnings: readonly string[];
}

/**
 * Compiles a model for one runtime: the whole of `infer-opt compile`. The output and its manifest are written last and
 * whole; nothing is done where a manifest says that the same artifact is there. Throws `usage`, `model`, `output`, and
 * `environment` where a tool or device is absent or fails.
 */
export async function compileModel(request: CompileRequest): Promise<CompileResult> {
  const started = performance.now();
  const compiler = compilerNamed(request.target);
  await checkOutputFile(request.output, [request.model]);
  await checkOutputFile(manifestPath(request.output), [request.model]);
  const model = await loadModel(request.model);
  const input = await hashFile(request.model, externalFiles(model));
  const plan = await compiler.plan(model, request);
  const tool = thisTool();
  const key = keyOf({
    tool: tool.version,
    target: compiler.name,
    input: input.sha256,
    settings: plan.settings,
    environment: plan.environment,
  });
  const common = { schema: 'infer-opt/compile@1', tool, target: compiler.name, input } as const;
  const { settings, environment, tiedTo: tied_to } = plan;
  const elapsed = (): number => performance.now() - started;
  if (request.dryRun === true) {
    const { report, warnings } = plan;
    const rest = { settings, environment, tied_to, report, warnings };
    return { ...common, state: 'planned', output: null, manifest: null, elapsed_ms: elapsed(), ...rest };
  }
  const before = request.force === true ? undefined : await matching(request.output, key);
  if (before !== undefined) {
    const { output, report, warnings } = before;
    const rest = { settings, environment, tied_to, report, warnings };
    const manifest = manifestPath(request.output);
    return { ...common, state: 'reused', output, manifest, elapsed_ms: elapsed(), ...rest };
  }
  const manifest = await build(plan, request, { ...common, key, settings, environment, tied_to });
  const { output, report, warnings } = manifest;
  const rest = { settings, environment, tied_to, report, warnings };
  return {
    ...common,
    state: 'built',
    output,
    manifest: manifestPath(request.output),
    elapsed_ms: elapsed(),
    ...rest,
  };
}

async function build(
  plan: CompilePlan,
  request: CompileRequest,
  known: Pick<Manifest, 'tool' | 'target' | 'key' | 'input' | 'settings' | 'environment' | 'tied_to'>,
): Promise<Manifest> {
  const started = performance.now();
  const built = await plan.build();
  const output = await hashFile(request.output, built.companions);
  const stale = (await readManifest(request.output))?.companions ?? [];
  for (const file of stale) if (!built.companions.includes(file)) await rm(file, { force: true });
  const manifest: Manifest = {
    schema: 'infer-opt/manifest@1',
    tool: known.tool,
    target: known.target,
    key: known.key,
    input: known.input,
    output,
    companions: built.companions,
    settings: known.settings,
    environment: known.environment,
    tied_to: known.tied_to,
    report: built.report,
    warnings: [...plan.warnings, ...built.warnings],
    created: new Date().toISOString(),
    elapsed_ms: performance.now() - started,
  };
  try {
    // In place of an older one at once: killed in between, a process leaves a manifest whose sum is not the artifact's.
    await writeManifest(manifest);
  } catch (thrown) {
    await removeManifest(request.output);
    throw thrown;
  }
  return manifest;
}

/** The manifest of an artifact that is there, is unchanged, and was made from the same things in the same way. */
async function matching(output: string, key: string): Promise<Manifest | undefined> {
  const manifest = await readManifest(output);
  if (manifest?.key !== key) return undefined;
  for (const file of [output, ...manifest.companions]) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) return undefined;
  }
  const { sha256 } = await hashFile(output, manifest.companions);
  return sha256 === manifest.output.sha256 ? manifest : undefined;
}

function compilerNamed(name: string): Compiler {
  const compiler = compilers.find((candidate) => candidate.name === name);
  if (compiler !== undefined) return compiler;
  throw new InferOptError('usage', `there is no target ${JSON.stringify(name)} to compile for`, {
    hint: `choose one of ${compilers.map((one) => one.name).join(', ')}`,
  });
}
