import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { staticDims } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { byteLengthOf } from '../../tensor/dtype.js';
import { elementCount, type Tensor } from '../../tensor/tensor.js';
import { Edit } from '../edit.js';
import { constantOf, dtypeOf, integersOf, outputsUnusedFrom } from '../match.js';
import { isPure, isQuantizationMark } from '../operators.js';
import type { Pass, PassContext, SkippedPlace } from '../pass.js';

/**
 * Evaluates nodes that depend on nothing but constants, all of them in one batch. A result that makes the
 * model larger by more than the budget is not kept: computing it at run time is cheap beside carrying it
 * around.
 */
export const foldConstants: Pass = {
  name: 'fold-constants',
  summary: 'Computes beforehand what depends on constants only',
  effect: 'exact',
  async run(model, context) {
    const refused = refusedBy(context);
    const skipped: SkippedPlace[] = [];
    const refuse = (node: Node, why: string): void => {
      refused.set(node, why);
      skipped.push({ at: node.label, why });
    };
    const batch = foldableNodes(model, (node) => {
      const why = refused.get(node) ?? tooLarge(node, predictedBytes(node), context.constantBudget);
      if (why !== undefined) refuse(node, why);
      return why === undefined;
    });
    const results = batch.length === 0 ? new Map<Value, Tensor>() : await context.evaluate(batch);
    let changes = 0;
    for (const node of batch) {
      const why = takeResults(node, results, context.constantBudget);
      if (why === undefined) changes += 1;
      else refuse(node, why);
    }
    return { changes, skipped };
  },
};

/** What was refused once is refused again: a node's constants do not change under it. */
const refusals = new WeakMap<PassContext, WeakMap<Node, string>>();

function refusedBy(context: PassContext): WeakMap<Node, string> {
  const known = refusals.get(context) ?? new WeakMap<Node, string>();
  refusals.set(context, known);
  return known;
}

/** In order: nodes whose inputs are constants or results of nodes before them in the list. */
function foldableNodes(model: Model, accepts: (node: Node) => boolean): Node[] {
  const found = new Set<Node>();
  for (const graph of model.graphs()) {
    for (const node of graph.nodes()) {
      if (!mayFold(node)) continue;
      const fixed = node.inputs.every(
        (value) =>
          value === undefined ||
          constantOf(value) !== undefined ||
          (value.producer !== undefined && found.has(value.producer)),
      );
      if (fixed && accepts(node)) found.add(node);
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

/** Puts the results in the place of the node; returns the reason when it cannot. */
function takeResults(node: Node, results: ReadonlyMap<Value, Tensor>, budget: number): string | undefined {
  const used = node.outputs.filter((value) => value !== undefined).filter((value) => !value.isUnused);
  const tensors = used.map((value) => results.get(value));
  if (tensors.some((tensor) => tensor === undefined)) return 'the runtime cannot evaluate it';
  const bytes = tensors.reduce((sum, tensor) => sum + tensor!.byteLength, 0);
  const why = tooLarge(node, bytes, budget);
  if (why !== undefined) return why;
  const edit = new Edit(node);
  used.forEach((value, index) => {
    edit.replace(value, edit.constant(value.name, tensors[index]!));
  });
  return undefined;
}

/** How much larger the model becomes: constants that somebody else reads as well stay in it. */
function tooLarge(node: Node, bytes: number | undefined, budget: number): string | undefined {
  if (bytes === undefined) return undefined;
  let freed = 0;
  for (const value of new Set(node.inputs)) {
    if (value?.constant === undefined || value.isGraphOutput) continue;
    if (value.uses.every((use) => use.node === node)) freed += value.constant.byteLength;
  }
  const growth = bytes - freed;
  return growth > budget ? `its result would add ${growth} bytes, more than ${budget}` : undefined;
}

/** The size of the result where it is known without computing it. */
function predictedBytes(node: Node): number | undefined {
  const [output] = node.outputs;
  const dims = output === undefined ? undefined : (staticDims(output.type) ?? dimsFromConstants(node));
  if (dims === undefined) return undefined;
  const dtype = dtypeOf(output) ?? dtypeOf(node.inputs[0]) ?? 'float32';
  return dtype === 'string' ? undefined : byteLengthOf(dtype, elementCount(dims));
}

/** The operators that make much out of little say how much in their inputs. */
function dimsFromConstants(node: Node): readonly number[] | undefined {
  if (node.is('ConstantOfShape')) return integersOf(node.inputs[0]);
  if (node.is('Expand')) return integersOf(node.inputs[1]);
  if (node.is('Tile')) {
    const size = constantOf(node.inputs[0])?.size;
    const repeats = integersOf(node.inputs[1]);
    return size === undefined || repeats === undefined ? undefined : [size, ...repeats];
  }
  if (node.is('Range')) {
    const [start, limit, delta] = node.inputs.map((value) => constantOf(value)?.toNumbers()[0]);
    if (start === undefined || limit === undefined || delta === undefined) return undefined;
    return [Math.max(Math.ceil((limit - start) / delta), 0)];
  }
  return undefined;
}
