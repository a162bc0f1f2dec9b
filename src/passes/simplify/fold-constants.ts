import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import { evaluateSmall } from '../constants/evaluate.js';
import { Edit } from '../edit.js';
import { constantOf, outputsUnusedFrom } from '../match.js';
import { isPure, isQuantizationMark } from '../operators.js';
import type { Pass, PassContext, SkippedPlace } from '../pass.js';
import { overBudget, predictedBytes } from './folding-budget.js';

/**
 * Evaluates nodes that depend on nothing but constants, all of them in one batch. A result that makes the
 * model larger than the budget allows is not kept: computing it at run time is cheap beside carrying it
 * around.
 */
export const foldConstants: Pass = {
  name: 'fold-constants',
  summary: 'Computes beforehand what depends on constants only',
  effect: 'exact',
  async run(model, context) {
    const refused = refusedBy(context);
    const { constantBudget } = context;
    const skipped: SkippedPlace[] = [];
    const batch = foldableNodes(model, (node) => {
      const why = refused.has(node) ? notEvaluated : overBudget(node, predictedBytes(node), constantBudget);
      if (why !== undefined) skipped.push({ at: node.label, why });
      return why === undefined;
    });
    const small = foldSmall(batch, model.opset, constantBudget);
    const rest = batch.filter((node) => !node.removed);
    const results = rest.length === 0 ? new Map<Value, Tensor>() : await context.evaluate(rest);
    let changes = small;
    for (const node of rest) {
      const found = resultsOf(node, results);
      if (found === undefined) refused.add(node);
      const why = found === undefined ? notEvaluated : overBudget(node, bytesOf(found), constantBudget);
      if (why !== undefined) {
        skipped.push({ at: node.label, why });
        continue;
      }
      const edit = new Edit(node);
      for (const [value, tensor] of found!) edit.replace(value, edit.constant(value.name, tensor));
      changes += 1;
    }
    return { changes, skipped };
  },
};

/**
 * Folds in place what is little work, in order; it counts the nodes. The runtime is opened for the rest alone, which
 * reads the results as constants.
 */
function foldSmall(batch: readonly Node[], opset: number, budget: number): number {
  let folded = 0;
  for (const node of batch) {
    const inputs = node.inputs.map(constantOf);
    if (inputs.some((tensor, index) => tensor === undefined && node.inputs[index] !== undefined)) continue;
    const [output] = node.outputs;
    const tensor = evaluateSmall(node, opset, inputs);
    if (output === undefined || tensor === undefined) continue;
    if (overBudget(node, tensor.byteLength, budget) !== undefined) continue;
    const edit = new Edit(node);
    edit.replace(output, edit.constant(output.name, tensor));
    folded += 1;
  }
  return folded;
}

const notEvaluated = 'the runtime cannot evaluate it';

/** Nodes that could not be evaluated are not tried again: their constants stay as they are. */
const refusals = new WeakMap<PassContext, WeakSet<Node>>();

function refusedBy(context: PassContext): WeakSet<Node> {
  const known = refusals.get(context) ?? new WeakSet<Node>();
  refusals.set(context, known);
  return known;
}

/** What a node's outputs are, as far as anybody reads them; undefined when one of these is missing. */
function resultsOf(node: Node, results: ReadonlyMap<Value, Tensor>): Map<Value, Tensor> | undefined {
  const found = new Map<Value, Tensor>();
  for (const value of node.outputs) {
    if (value === undefined || value.isUnused) continue;
    const tensor = results.get(value);
    if (tensor === undefined) return undefined;
    found.set(value, tensor);
  }
  return found;
}

function bytesOf(results: ReadonlyMap<Value, Tensor>): number {
  let bytes = 0;
  for (const tensor of results.values()) bytes += tensor.byteLength;
  return bytes;
}

/** In order: nodes whose inputs are constants or results of nodes before them in the list. */
function foldableNodes(model: Model, accepts: (node: Node) => boolean): Node[] {
  const found = new Set<Node>();
  for (const graph of model.graphs()) {
    for (const node of graph.nodes()) {
      const fixed = node.inputs.every(
        (value) =>
          value === undefined ||
          constantOf(value) !== undefined ||
          (value.producer !== undefined && found.has(value.producer)),
      );
      if (fixed && mayFold(node) && accepts(node)) found.add(node);
    }
  }
  return [...found];
}

function mayFold(node: Node): boolean {
  if (node.is('Constant') || isQuantizationMark(node) || !isPure(node)) return false;
  if (outputsUnusedFrom(node, 0)) return false;
  // A constant that the graph hands out goes through an Identity already; there is nothing less.
  if (node.is('Identity') && node.outputs[0]?.isGraphOutput === true) return false;
  return node.inputs.some((value) => value !== undefined);
}
