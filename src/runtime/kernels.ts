import { InferOptError } from '../errors.js';
import { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { staticDims } from '../ir/types.js';
import { readModel } from '../onnx/read.js';
import type { Tensor } from '../tensor/tensor.js';
import { blankFeeds } from './blank-feeds.js';
import { isDequantize, isQuantize, kernelKind, type KernelKind } from './kernel-kind.js';
import { kernelOrigins } from './kernel-origins.js';
import { whyFloat } from './left-float.js';
import { hasMacs, knownDims, macsOf } from './macs.js';
import { withOptimizedGraph, type OptimizedGraph } from './optimized-graph.js';
import type { KernelProfile } from './profile.js';
import { readTypes } from './shapes.js';

/** What the runtime makes of a model: the proof that quantization reached the kernels. Part of `bench --json`. */
export interface KernelReport {
  /** Multiplying kernels that compute with integers. */
  readonly integer: number;
  /** Multiplying kernels that compute with floats. */
  readonly float: number;
  /** Multiplying kernels with small weights that compute with floats (4-bit weights, for instance). */
  readonly weight_only: number;
  /** Of all multiply-accumulates of a run, those in integer kernels; null when the model could not be run or has none. */
  readonly integer_share_of_macs: number | null;
  /** Multiply-accumulates of one run; null when it could not be run. */
  readonly macs: number | null;
  /** Constants that are turned into floats anew at every run: `bytes` as stored, `node` reads the result. */
  readonly dequantized_weights: readonly {
    readonly name: string;
    readonly node: string;
    readonly bytes: number;
  }[];
  /** The float kernels, under their names in the file where they can be traced back, and why they stayed float. */
  readonly left_float: readonly { readonly node: string; readonly op: string; readonly reason: string }[];
  /** Multiplying nodes of the file that no kernel could be traced back to. */
  readonly unmapped: readonly { readonly node: string; readonly op: string }[];
  readonly unmapped_macs: number;
  /** Operators that are left in the runtime's graph, each a pass over a tensor at every run. */
  readonly quantize_nodes: number;
  readonly dequantize_nodes: number;
  /** Why something is missing above. */
  readonly warnings: readonly string[];
}

/**
 * Opens a model as its users will, reads the graph that the runtime made of it, and runs it once for the
 * real shapes: with `feeds`, else with zeros where the model takes these. Throws `model` when the runtime
 * refuses the model, `data` when it fails on the given feeds.
 */
export async function describeKernels(
  source: Model | string,
  feeds?: ReadonlyMap<string, Tensor>,
  options: { readonly threads?: number } = {},
): Promise<KernelReport> {
  const model = source instanceof Model ? source : await readModel(source);
  const threads = options.threads ?? 1;
  if (feeds !== undefined)
    return withOptimizedGraph(source, feeds, threads, (graph) => report(graph, model, feeds, []));
  try {
    const blank = blankFeeds(model);
    return await withOptimizedGraph(source, blank, threads, (graph) => report(graph, model, blank, []));
  } catch (error) {
    if (!(error instanceof InferOptError) || !(error.code === 'data' || error.code === 'model')) throw error;
    const warning = `no multiply-accumulates, as the model does not run on zeros: ${error.message}`;
    return withOptimizedGraph(source, undefined, threads, (graph) =>
      report(graph, model, undefined, [warning]),
    );
  }
}

async function report(
  optimized: OptimizedGraph,
  source: Model,
  feeds: ReadonlyMap<string, Tensor> | undefined,
  warnings: string[],
): Promise<KernelReport> {
  const nodes = [...optimized.model.graphs()].flatMap((graph) => [...graph.nodes()]);
  const origins = kernelOrigins(optimized.model, source);
  const kernels = nodes.flatMap((node) => {
    const kind = kernelKind(node);
    return kind === undefined ? [] : [{ node, kind, name: nameOf(node, origins) }];
  });
  const macs: Record<KernelKind, number> = { integer: 0, float: 0, 'weight-only': 0 };
  for (const { node, kind, name } of kernels) {
    const count = executedMacs(node, optimized);
    if (count === undefined)
      warnings.push(`the multiply-accumulates of ${name} (${node.opType}) are not known`);
    macs[kind] += count ?? 0;
  }
  const total = macs.integer + macs.float + macs['weight-only'];
  const count = (kind: KernelKind): number => kernels.filter((kernel) => kernel.kind === kind).length;
  const unmapped = await unmappedNodes(source, origins, feeds);
  return {
    integer: count('integer'),
    float: count('float'),
    weight_only: count('weight-only'),
    integer_share_of_macs: feeds === undefined || total === 0 ? null : macs.integer / total,
    macs: feeds === undefined ? null : total,
    dequantized_weights: nodes.flatMap((node) => dequantizedWeight(node, origins)),
    left_float: kernels
      .filter(({ kind }) => kind === 'float')
      .map(({ node, name }) => ({ node: name, op: node.opType, reason: whyFloat(node) })),
    unmapped: unmapped.map(({ node }) => ({ node: node.label, op: node.opType })),
    unmapped_macs: unmapped.reduce((sum, { macs }) => sum + macs, 0),
    quantize_nodes: nodes.filter(isQuantize).length,
    dequantize_nodes: nodes.filter(isDequantize).length,
    warnings,
  };
}

/** The names that the file has for what a kernel does, else the runtime's own name for it. */
function nameOf(kernel: Node, origins: ReadonlyMap<Node, readonly Node[]>): string {
  return (origins.get(kernel) ?? [kernel]).map((node) => node.label).join(' + ');
}

/** What a kernel multiplied in the profiled run, each call counted; 0 when it was not called. */
function executedMacs(node: Node, { profile }: OptimizedGraph): number | undefined {
  const ran = profile.get(node);
  if (ran === undefined) return 0;
  const once = macsOf({
    node,
    inputs: inputDims(node, ran.inputShapes),
    outputs: placed(node.outputs, ran.outputShapes),
  });
  return once === undefined ? undefined : once * ran.timesUs.length;
}

/** The profiler leaves out inputs that are not there, and constants that the kernel has repacked for itself. */
function inputDims(node: Node, told: KernelProfile['inputShapes']): (readonly number[] | undefined)[] {
  const rest = [...told];
  return node.inputs.map((value) => {
    if (value === undefined) return undefined;
    const own = value.constant?.dims;
    const next = rest[0];
    if (own === undefined) return rest.shift();
    if (next?.length === own.length && next.every((dim, axis) => dim === own[axis])) rest.shift();
    return own;
  });
}

function placed(
  values: Node['outputs'],
  told: KernelProfile['outputShapes'],
): (readonly number[] | undefined)[] {
  const rest = [...told];
  return values.map((value) => (value === undefined ? undefined : rest.shift()));
}

function dequantizedWeight(
  node: Node,
  origins: ReadonlyMap<Node, readonly Node[]>,
): { name: string; node: string; bytes: number }[] {
  const weight = node.inputs[0];
  if (!isDequantize(node) || weight?.constant === undefined || weight.constant.size < 2) return [];
  const reader = node.outputs[0]?.consumers[0];
  return [
    {
      name: weight.name,
      node: reader === undefined ? node.label : nameOf(reader, origins),
      bytes: weight.constant.byteLength,
    },
  ];
}

/** Multiplying nodes of the main graph that depend on an input and that no kernel stands for. */
async function unmappedNodes(
  source: Model,
  origins: ReadonlyMap<Node, readonly Node[]>,
  feeds: ReadonlyMap<string, Tensor> | undefined,
): Promise<{ node: Node; macs: number }[]> {
  const mapped = new Set([...origins.values()].flat());
  const missing = [...source.graph.nodes()].filter(
    (node) => hasMacs(node) && !mapped.has(node) && !dependsOnConstantsOnly(node),
  );
  if (missing.length === 0) return [];
  const inputDims = new Map([...(feeds ?? [])].map(([name, { dims }]) => [name, dims]));
  const types = await readTypes(source, { inputDims });
  const dims = (value: Node['inputs'][number]): readonly number[] | undefined =>
    value && (knownDims(value) ?? staticDims(types.get(value)) ?? inputDims.get(value.name));
  return missing.map((node) => ({
    node,
    macs: macsOf({ node, inputs: node.inputs.map(dims), outputs: node.outputs.map(dims) }) ?? 0,
  }));
}

/** True for what the runtime computes once, when it opens the model. */
function dependsOnConstantsOnly(node: Node): boolean {
  const seen = new Set<Node>([node]);
  const queue = [node];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const value of next.inputs) {
      if (value === undefined || value.constant !== undefined) continue;
      if (value.producer === undefined) return false;
      if (!seen.has(value.producer)) {
        seen.add(value.producer);
        queue.push(value.producer);
      }
    }
  }
  return true;
}
