import type { Attribute, Carried } from './attribute.js';
import { Graph } from './graph.js';

/** A function that a model brings along: its nodes stand in `graph`, whose inputs and outputs are untyped. */
export interface ModelFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly graph: Graph;
  /** Operator set versions that its nodes mean, by domain. */
  readonly opsets: Map<string, number>;
  /** Names of attributes without a default. */
  readonly attributeNames: readonly string[];
  readonly attributeDefaults: ReadonlyMap<string, Attribute>;
  readonly carried?: Carried | undefined;
}

/** A whole ONNX model: the main graph, the versions its operators mean, and what else the file holds. */
export class Model {
  graph: Graph;
  irVersion: number;
  /** Operator set versions by domain; the standard's own domain is the empty string. */
  readonly opsets: Map<string, number>;
  readonly functions: ModelFunction[] = [];
  readonly metadata = new Map<string, string>();
  producerName = '';
  producerVersion = '';
  carried: Carried | undefined;
  /** Where the file lies: external data is beside it. */
  directory: string | undefined;

  constructor(graph: Graph, opsets: Iterable<readonly [string, number]>, irVersion = 8) {
    this.graph = graph;
    this.opsets = new Map(opsets);
    this.irVersion = irVersion;
  }

  /** A model with an empty graph, to build one from nothing. */
  static create(opset: number, graphName = 'graph'): Model {
    return new Model(new Graph(graphName), [['', opset]]);
  }

  /** The version of the standard's operator set; 1 where the file does not say (as the standard has it). */
  get opset(): number {
    return this.opsets.get('') ?? 1;
  }

  /** The main graph and all graphs inside it, at any depth; not the bodies of functions. */
  *graphs(): Generator<Graph> {
    yield* this.graph.withSubgraphs();
  }
}
