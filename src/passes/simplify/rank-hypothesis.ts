import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { constantOf, integersOf, knownRank, scalarOf } from '../match.js';

/** What follows from an assumption: ranks, whole numbers, truth values, lengths of vectors. */
interface Known {
  readonly rank?: number;
  readonly length?: number;
  readonly number?: number;
  readonly truth?: boolean;
}

/**
 * True when a value cannot have this rank: what follows from it, node by node in the graph of the value, ends at
 * an operator that takes no such input. Every node of a graph runs, so a model in which the value had that rank
 * would fail.
 */
export function isImpossibleRank(value: Value, rank: number): boolean {
  return new Hypothesis(value, rank).contradicts(value.producer?.next);
}

class Hypothesis {
  readonly #known = new Map<Value, Known>();

  constructor(value: Value, rank: number) {
    this.#known.set(value, { rank });
  }

  contradicts(from: Node | undefined): boolean {
    for (let node = from; node !== undefined; node = node.next) {
      if (!node.inputs.some((value) => value !== undefined && this.#known.has(value))) continue;
      if (this.#refuses(node)) return true;
      if (node.is('If')) {
        if (this.#follow(node)) return true;
        continue;
      }
      const found = this.#resultOf(node);
      if (found !== undefined && node.outputs[0] !== undefined) this.#known.set(node.outputs[0], found);
    }
    return false;
  }

  /** Goes through the branch that an If takes, where that is known. */
  #follow(node: Node): boolean {
    const truth = this.#of(node.inputs[0])?.truth;
    const branch =
      truth === undefined ? undefined : node.attributes.get(truth ? 'then_branch' : 'else_branch');
    if (branch?.kind !== 'graph') return false;
    const body = branch.value;
    const [first] = body.nodes();
    if (this.contradicts(first)) return true;
    body.outputs.forEach((value, index) => {
      const [found, output] = [this.#of(value), node.outputs[index]];
      if (found !== undefined && output !== undefined) this.#known.set(output, found);
    });
    return false;
  }

  #of(value: Value | undefined): Known | undefined {
    return value === undefined ? undefined : this.#known.get(value);
  }

  #resultOf(node: Node): Known | undefined {
    const [input, second] = node.inputs;
    const known = this.#of(input);
    switch (node.opType) {
      case 'Identity':
      case 'Relu':
      case 'Sigmoid':
      case 'Tanh':
        return known;
      case 'Unsqueeze':
      case 'Squeeze': {
        const axes = node.ints('axes') ?? integersOf(second);
        if (known?.rank === undefined || axes === undefined) return undefined;
        return { rank: known.rank + (node.is('Unsqueeze') ? axes.length : -axes.length) };
      }
      case 'Shape':
        return known?.rank === undefined || node.attributes.size > 0 ? undefined : { length: known.rank };
      case 'Size':
        return known?.length === undefined ? undefined : { number: known.length };
      case 'Equal': {
        const [a, b] = [this.#numberOf(input), this.#numberOf(second)];
        return a === undefined || b === undefined ? undefined : { truth: a === b };
      }
      case 'Not':
        return known?.truth === undefined ? undefined : { truth: !known.truth };
      default:
        return undefined;
    }
  }

  #numberOf(value: Value | undefined): number | undefined {
    return this.#of(value)?.number ?? scalarOf(value);
  }

  /** Operators whose inputs have one rank only. */
  #refuses(node: Node): boolean {
    const rank = this.#of(node.inputs[0])?.rank;
    if (rank === undefined) return false;
    if (node.is('LSTM', 'GRU', 'RNN')) return rank !== 3;
    if (node.is('Gemm')) return rank !== 2;
    const weight = constantOf(node.inputs[1]) === undefined ? undefined : knownRank(node.inputs[1]);
    return node.is('Conv', 'ConvTranspose') && weight !== undefined && rank !== weight;
  }
}
