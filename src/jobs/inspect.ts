import { stat } from 'node:fs/promises';
import { openDataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { formatType, staticDims } from '../ir/types.js';
import { allOf } from '../ir/walk.js';
import { loadModel } from '../onnx/load.js';
import { runPasses } from '../passes/pipeline.js';
import { constantNodes } from '../passes/simplify/constant-nodes.js';
import { sparsityOf, type Sparsity } from '../prune/sparsity.js';
import { passContext } from '../quantize/prepare.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { predictKernels, type Prediction } from '../quantize/predict.js';
import { chooseTarget } from '../quantize/targets/choose.js';
import { countMacs, knownDims } from '../runtime/macs.js';
import { readTypes } from '../runtime/shapes.js';

/** What a model is: the result of `infer-opt inspect`. */
export interface Inspection {
  readonly schema: 'infer-opt/inspect@1';
  readonly path: string;
  readonly bytes: number;
  readonly opset: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly ir_version: number;
  readonly producer: string;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  /** Subgraphs counted in. */
  readonly nodes: number;
  /** How many nodes of each operator, most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
  /** Elements of all float constants. */
  readonly parameters: number;
  /** Multiply-accumulates of one run with the dims in `assumed`; null when the shapes cannot be told. */
  readonly macs: number | null;
  /** Lengths that were taken for symbolic dims. */
  readonly assumed: Readonly<Record<string, readonly number[]>>;
  readonly zeros: Sparsity;
  /** What quantize would reach on this machine; null when it cannot be told. */
  readonly what_if: Prediction | null;
  readonly warnings: readonly string[];
}

export interface InspectRequest {
  /** Path of the ONNX file. */
  readonly model: string;
  /** The machine that a quantized artifact would be for; this one without. */
  readonly target?: string | undefined;
}

/**
 * Tells what a model is and what quantize would reach on it. What cannot be told (shapes, kernels) is null, with the
 * reason among the warnings.
 *
 * @throws InferOptError `model` when the file is no ONNX model, `usage` when there is no such target
 */
export async function inspectModel({ model: path, target = 'auto' }: InspectRequest): Promise<Inspection> {
  const chosen = await chooseTarget(target);
  const model = await loadModel(path);
  const warnings: string[] = [];
  const counts = new Map<string, number>();
  for (const node of allOf(model)) counts.set(node.qualifiedType, (counts.get(node.qualifiedType) ?? 0) + 1);
  const nodes = [...allOf(model)].length;
  // Weights that an exporter wrote as Constant nodes are weights all the same.
  await runPasses(model, [constantNodes], passContext(model));
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      // An inspection tells what it can: what fails becomes a warning.
      if (!(error instanceof InferOptError) || error.code === 'internal') throw error;
      if (!warnings.includes(error.message)) warnings.push(error.message);
      return null;
    }
  };
  const dims = await attempt(() => assumedDims(model));
  const macs = dims === null ? null : await attempt(() => macsOf(path, dims));
  const whatIf =
    dims === null
      ? null
      : await attempt(async () => predictKernels(await loadModel(path), dims, chosen.target));
  return {
    schema: 'infer-opt/inspect@1',
    path,
    bytes: (await stat(path)).size,
    opset: model.opset,
    opsets: Object.fromEntries(
      [...model.opsets].map(([domain, version]) => [domain === '' ? 'ai.onnx' : domain, version]),
    ),
    ir_version: model.irVersion,
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    inputs: model.graph.requiredInputs.map(({ name, type }) => ({ name, type: formatType(type) })),
    outputs: model.graph.outputs.map(({ name, type }) => ({ name, type: formatType(type) })),
    nodes,
    operators: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))),
    parameters: parametersOf(model),
    macs,
    assumed: Object.fromEntries(dims ?? []),
    zeros: sparsityOf(model),
    what_if: whatIf,
    warnings,
  };
}

/** Dims of made-up inputs, as they would be used to run the model. */
async function assumedDims(model: Model): Promise<Map<string, readonly number[]>> {
  const dataset = await openDataset(undefined, inputSpecs(model), { samples: 1 });
  const samples = dataset.calibrate.size > 0 ? dataset.calibrate : dataset.evaluate;
  const { inputs } = await samples.get(0);
  return new Map([...inputs].map(([name, tensor]) => [name, tensor.dims]));
}

async function macsOf(path: string, dims: ReadonlyMap<string, readonly number[]>): Promise<number> {
  const model = await loadModel(path);
  // Types of this run, not of the model: its outputs are declared with symbols, which say nothing about MACs.
  const types = await readTypes(model, { inputDims: dims });
  const { total, unknown } = countMacs(model, (value) => staticDims(types.get(value)) ?? knownDims(value));
  if (unknown.length === 0) return total;
  throw new InferOptError(
    'model',
    `the shapes of ${unknown.length} multiplying nodes cannot be told, ${unknown[0]!.label} among them`,
  );
}

function parametersOf(model: Model): number {
  let count = 0;
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants())
      if (constant.dtype.includes('float')) count += constant.size;
  }
  return count;
}
