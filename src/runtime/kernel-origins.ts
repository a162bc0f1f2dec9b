import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';
import { hasMacs } from './macs.js';

/** Kernels that stand for several multiplying nodes at once. */
const manyAtOnce: ReadonlySet<string> = new Set([
  'Attention',
  'QAttention',
  'MultiHeadAttention',
  'GroupQueryAttention',
]);

/** What the runtime puts before the name of a float16 value that it computes in float32. */
const widened = 'InsertedPrecisionFreeCast_';

/** How far a kernel's result is followed to a name that the source knows. */
const longestWay = 8;

/**
 * Which nodes of the source each multiplying kernel of the runtime's graph stands for. A kernel is found
 * through the name of its result (or of what is made of it): in the source, the nodes between that value
 * and the next ones whose names still exist in the runtime's graph. Where several would fit, the constant
 * weights decide; where that is not clear either, the kernel is absent.
 */
export function kernelOrigins(optimized: Model, source: Model): Map<Node, readonly Node[]> {
  const sourceValues = new Map<string, Value>();
  for (const graph of source.graphs()) {
    for (const value of graph.values()) {
      if (value.producer !== undefined && !sourceValues.has(value.name)) sourceValues.set(value.name, value);
    }
  }
  const survivors = new Set<string>();
  for (const graph of optimized.graphs())
    for (const value of graph.values()) survivors.add(sourceName(value));

  const origins = new Map<Node, readonly Node[]>();
  for (const graph of optimized.graphs()) {
    for (const kernel of graph.nodes()) {
      if (!hasMacs(kernel)) continue;
      const anchor = anchorOf(kernel, sourceValues);
      if (anchor === undefined) continue;
      const many = manyAtOnce.has(kernel.opType);
      const candidates = nodesBehind(anchor, survivors, many);
      const chosen = many || candidates.length === 1 ? candidates : sameWeights(kernel, candidates);
      if (chosen.length > 0 && (many || chosen.length === 1)) origins.set(kernel, chosen);
    }
  }
  return origins;
}

/** The first value, from the kernel's result on, that the source computes too. */
function anchorOf(kernel: Node, sourceValues: ReadonlyMap<string, Value>): Value | undefined {
  let node: Node | undefined = kernel;
  for (let step = 0; step < longestWay && node !== undefined; step++) {
    for (const output of node.outputs) {
      const known = output === undefined ? undefined : sourceValues.get(sourceName(output));
      if (known !== undefined) return known;
    }
    const next: Node | undefined = node.outputs[0]?.soleConsumer;
    node = next === undefined || hasMacs(next) ? undefined : next;
  }
  return undefined;
}

function sourceName(value: Value): string {
  return value.name.startsWith(widened) ? value.name.slice(widened.length) : value.name;
}

/** The multiplying nodes of the source that `anchor` is computed by, without passing a value that still exists. */
function nodesBehind(anchor: Value, survivors: ReadonlySet<string>, passOn: boolean): Node[] {
  const found: Node[] = [];
  const seen = new Set<Value>([anchor]);
  const queue = [anchor];
  for (let value = queue.shift(); value !== undefined; value = queue.shift()) {
    const node = value.producer;
    if (node === undefined || (value !== anchor && survivors.has(value.name))) continue;
    if (hasMacs(node)) {
      if (!found.includes(node)) found.push(node);
      if (!passOn) continue;
    }
    for (const input of node.inputs) {
      if (input === undefined || seen.has(input)) continue;
      seen.add(input);
      queue.push(input);
    }
  }
  return found;
}

/** Of several nodes, those that read a constant which the kernel reads as well: by name, else by content. */
function sameWeights(kernel: Node, candidates: readonly Node[]): Node[] {
  const constants = kernel.inputs.filter((value) => value?.constant !== undefined);
  const names = new Set(constants.map((value) => value!.name));
  const byName = candidates.filter((node) => weightsOf(node).some((value) => names.has(value.name)));
  if (byName.length > 0) return byName;
  return candidates.filter((node) =>
    weightsOf(node).some((value) => constants.some((mine) => sameContent(mine!.constant!, value.constant!))),
  );
}

/** The constants that a node reads, also through a DequantizeLinear. */
function weightsOf(node: Node): Value[] {
  return node.inputs.flatMap((value) => {
    const content = value?.producer?.opType === 'DequantizeLinear' ? value.producer.inputs[0] : value;
    return content?.constant !== undefined && content.constant.size > 1 ? [content] : [];
  });
}

function sameContent(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && a.byteLength === b.byteLength && Buffer.compare(a.bytes(), b.bytes()) === 0;
}
