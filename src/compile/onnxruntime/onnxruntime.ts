import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { writeModel } from '../../onnx/write-file.js';
import { writeWhole } from '../../output-file.js';
import { silentProgress } from '../../progress.js';
import { loadBinding } from '../../runtime/binding.js';
import { readCpu } from '../../runtime/cpu.js';
import { ModelProcess } from '../../runtime/process/model-process.js';
import { withTemporaryFolder } from '../../runtime/temporary-folder.js';
import type { BuiltArtifact, CompilePlan, Compiler, CompileRequest } from '../compiler.js';
import { measureLoadTimes } from './load-times.js';
import type { OnnxruntimeReport } from './report.js';
import { savedSession } from './saved-session.js';
import { verifyOutputs } from './verify.js';

/** Above this the runtime's file would not fit into protobuf's 2 GiB; its weights go beside it. */
const embeddedLimit = 1.9e9;

/** The runtime's optimized graph in a file, so that opening it does not optimize again. */
export const onnxruntime: Compiler = {
  name: 'onnxruntime',
  summary: "the runtime's own optimized graph, for the CPU of this machine: opens faster, runs the same",
  async plan(model, request) {
    const format = formatOf(request.output);
    const [cpu, binding] = await Promise.all([readCpu(), loadBinding()]);
    const large = weightBytes(model) > embeddedLimit;
    if (large && format === 'ort') {
      throw new InferOptError(
        'output',
        `${request.output}: a .ort file cannot hold more than 2 GiB of weights`,
        {
          hint: 'give the output a name that ends in .onnx: large weights then lie beside it',
        },
      );
    }
    const report: OnnxruntimeReport = {
      target: 'onnxruntime',
      format,
      open_with: { graphOptimizationLevel: 'disabled' },
      load: null,
      outputs: null,
    };
    return {
      settings: { format, optimization: 'all' },
      environment: {
        onnxruntime: binding.version,
        provider: 'cpu',
        cpu: cpu.model,
        instructions: cpu.instructions,
        platform: process.platform,
        arch: process.arch,
      },
      tiedTo: `onnxruntime ${binding.version} on this CPU (${cpu.model}): on another one it may be slower or not open at all`,
      report,
      warnings: [],
      build: () => build(model, request, report, large),
    } satisfies CompilePlan;
  },
};

async function build(
  model: Model,
  request: CompileRequest,
  planned: OnnxruntimeReport,
  large: boolean,
): Promise<BuiltArtifact> {
  const { output, signal, progress = silentProgress } = request;
  const weights = large ? `${path.basename(output)}.weights` : undefined;
  const companions = weights === undefined ? [] : [path.join(path.dirname(output), weights)];
  let result: Omit<BuiltArtifact, 'companions'> | undefined;
  await withTemporaryFolder(async (folder) => {
    const saved = path.join(folder, `optimized.${planned.format}`);
    const step = progress.start('Optimizing');
    try {
      await save(await sourceFor(model, request, folder), request, saved, planned.format, weights);
    } finally {
      step.done();
    }
    result = await examine(model, request, planned, saved);
    for (const companion of companions)
      await writeWhole(companion, (temporary) => copyFile(path.join(folder, weights!), temporary), {
        signal,
      });
    await writeWhole(output, (temporary) => copyFile(saved, temporary), { signal });
  });
  return { ...result!, companions };
}

/**
 * Old files list their constants as inputs as well. The runtime folds such constants away and leaves the inputs, which
 * would then have to be fed: it gets a file in which constants are constants.
 */
async function sourceFor(model: Model, request: CompileRequest, folder: string): Promise<string> {
  const { graph, irVersion } = model;
  const listed = graph.inputs.filter(({ constant }) => constant !== undefined);
  // Since version 4 a constant in the list of inputs is a default that callers may override: it stays.
  if (irVersion >= 4 || listed.length === 0) return request.model;
  for (const value of listed) graph.removeInput(value);
  model.irVersion = 4;
  const file = path.join(folder, 'source.onnx');
  await writeModel(model, file);
  return file;
}

/** In a process of its own: a malformed model can end the one that opens it. */
async function save(
  source: string,
  request: CompileRequest,
  file: string,
  format: OnnxruntimeReport['format'],
  weights: string | undefined,
): Promise<void> {
  const external =
    weights === undefined
      ? {}
      : {
          optimized_model_external_initializers_file_name: weights,
          optimized_model_external_initializers_min_size_in_bytes: '1024',
        };
  const saving = await open(source, request, {
    optimizedModelFilePath: file,
    extra: { session: { save_model_format: format.toUpperCase(), ...external } },
  });
  await saving.close();
}

/** Outputs and times of the file before it gets its place. */
async function examine(
  model: Model,
  request: CompileRequest,
  planned: OnnxruntimeReport,
  saved: string,
): Promise<Omit<BuiltArtifact, 'companions'>> {
  const openOriginal = (): Promise<ModelProcess> => open(request.model, request, {});
  const openCompiled = (): Promise<ModelProcess> => open(saved, request, savedSession(planned.format));
  const original = await openOriginal();
  let verification;
  try {
    const compiled = await openCompiled();
    try {
      verification = await verifyOutputs(model, original, compiled, request);
    } finally {
      await compiled.close();
    }
  } finally {
    await original.close();
  }
  const { outputs } = verification;
  if (request.measure === false) return { report: { ...planned, outputs }, warnings: verification.warnings };
  const timed = async (opening: () => Promise<ModelProcess>): Promise<number> => {
    const opened = await opening();
    await opened.close();
    return opened.loadMs;
  };
  const load = await measureLoadTimes(
    () => timed(openOriginal),
    () => timed(openCompiled),
    { progress: request.progress ?? silentProgress, signal: request.signal },
  );
  const warnings = [...verification.warnings];
  if (load.faster_in <= load.rounds / 2) {
    warnings.push(
      `the artifact opens no faster than the original: ${load.compiled_ms.toFixed(2)} ms against ${load.original_ms.toFixed(2)} ms`,
    );
  }
  return { report: { ...planned, load, outputs }, warnings };
}

function open(
  file: string,
  request: CompileRequest,
  session: Readonly<Record<string, unknown>>,
): Promise<ModelProcess> {
  const { signal } = request;
  return ModelProcess.start(file, {
    threads: request.threads ?? 1,
    session,
    ...(signal === undefined ? {} : { signal }),
  });
}

function formatOf(output: string): OnnxruntimeReport['format'] {
  const extension = path.extname(output).toLowerCase();
  if (extension === '.onnx') return 'onnx';
  if (extension === '.ort') return 'ort';
  throw new InferOptError('usage', `${output}: the name must say the format`, {
    hint: 'end it in .onnx, or in .ort for the format that the runtime reads without protobuf',
  });
}

function weightBytes(model: Model): number {
  let total = 0;
  for (const graph of model.graphs())
    for (const { constant } of graph.constants()) total += constant.byteLength;
  return total;
}
