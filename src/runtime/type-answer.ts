import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InferOptError } from '../errors.js';
import type { Graph } from '../ir/graph.js';
import type { Model } from '../ir/model.js';
import type { ValueType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import type { GraphMessage, ModelMessage, NodeMessage } from '../onnx/messages.js';
import { readTensor } from '../onnx/read-tensor.js';
import { modelType } from '../onnx/schema.js';
import { readType } from '../onnx/value-type.js';
import type { Tensor } from '../tensor/tensor.js';
import { openSession, type SessionOptions } from './session.js';
import { withTemporaryFolder } from './temporary-folder.js';
import { encodeTypeQuery, type TypeQuery } from './type-query.js';

/** What the runtime wrote in answer to a question about types. */
export class TypeAnswer {
  readonly query: TypeQuery;
  readonly #graph: GraphMessage;

  constructor(query: TypeQuery, graph: GraphMessage) {
    this.query = query;
    this.#graph = graph;
  }

  /** The types of a graph's values, and of those in all graphs inside; what is a constant or unknown is absent. */
  typesOf(graph: Graph): Map<Value, ValueType> {
    const types = new Map<Value, ValueType>();
    collect(graph, this.#graph, types);
    return types;
  }

  /** True when the rank or a dimension of some value of the main graph is known neither by length nor by name. */
  get hasUnknownDims(): boolean {
    return (this.#graph.valueInfo ?? []).some(({ type }) => {
      const decoded = type ? readType(type) : undefined;
      return decoded?.kind === 'tensor' && (decoded.dims === undefined || decoded.dims.includes(undefined));
    });
  }

  /** The content of the main graph's constants, those that the runtime computed included. */
  *constants(wanted: (name: string) => boolean): Generator<[string, Tensor]> {
    for (const message of this.#graph.initializer ?? []) {
      const name = message.name ?? '';
      if (wanted(name)) yield [name, readTensor(message, undefined)];
    }
  }
}

/**
 * Rewrites at the level `basic` that make values disappear. Without them, and with constant folding, each
 * value that can be computed beforehand is found as a constant under its own name. The names are those of
 * onnxruntime/core/optimizer (the runtime ignores one that it does not know).
 */
const vanishing = [
  'CommonSubexpressionElimination',
  'ConstantSharing',
  'EliminateIdentity',
  'EliminateSlice',
  'UnsqueezeElimination',
  'EliminateDropout',
  'ExpandElimination',
  'CastElimination',
  'PreShapeNodeElimination',
  'NoopElimination',
  'DivMulFusion',
  'FuseReluClip',
  'GemmSumFusion',
  'GemmTransposeFusion',
  'NotWhereFusion',
  'ConvAddFusion',
  'ConvMulFusion',
  'ConvBNFusion',
  'PadFusion',
  'MatmulBNFusion',
  'LabelEncoderFusion',
  'MatMulAddFusion',
  'ReshapeFusion',
  'ConcatSliceElimination',
  'GeluFusionL1',
  'LayerNormFusionL1',
  'QDQPropagationTransformer',
  'EnsureUniqueDQForNodeUnit',
  'TransposeOptimizer',
  'DoubleQDQPairsRemover',
  'WhereDummyDq',
];

/**
 * Puts the question to the runtime, which at `basic` also computes what depends on constants alone. Throws
 * `model` when it refuses the model.
 */
export async function askRuntime(
  model: Model,
  query: TypeQuery,
  optimization: SessionOptions['optimization'],
): Promise<TypeAnswer> {
  return withTemporaryFolder(async (folder) => {
    const answer = path.join(folder, 'answer.onnx');
    const question = encodeTypeQuery(model, query);
    try {
      const session = await openSession(question, {
        optimization,
        optimizedModelPath: answer,
        disabledOptimizers: vanishing,
        prepack: false,
      });
      await session.close();
    } catch (error) {
      // The binding cannot describe an input or output of, say, bfloat16; the answer is written by then.
      if (!existsSync(answer)) throw error;
    }
    const { graph } = modelType.decode(await readFile(answer)) as ModelMessage;
    if (!graph) throw new InferOptError('internal', 'the runtime wrote a model without a graph');
    return new TypeAnswer(query, graph);
  });
}

function collect(graph: Graph, answer: GraphMessage, types: Map<Value, ValueType>): void {
  for (const info of [...(answer.valueInfo ?? []), ...(answer.output ?? []), ...(answer.input ?? [])]) {
    const value = graph.get(info.name ?? '');
    if (value === undefined || value.constant !== undefined || !info.type) continue;
    if (value.isGraphInput && graph.parent === undefined) continue;
    const type = readType(info.type);
    if (type.kind !== 'unknown') types.set(value, type);
  }
  const nodes = new Map((answer.node ?? []).map((node) => [firstOutput(node), node]));
  for (const node of graph.nodes()) {
    if ([...node.subgraphs()].length === 0) continue;
    const twin = nodes.get(node.outputs.find((value) => value !== undefined)?.name ?? '');
    for (const [name, attribute] of node.attributes) {
      const found = twin?.attribute?.find((candidate) => candidate.name === name);
      if (attribute.kind === 'graph' && found?.g) collect(attribute.value, found.g, types);
      if (attribute.kind === 'graphs') {
        attribute.value.forEach((body, index) => {
          const message = found?.graphs?.[index];
          if (message) collect(body, message, types);
        });
      }
    }
  }
}

function firstOutput(node: NodeMessage): string {
  return node.output?.find((name) => name !== '') ?? '';
}
