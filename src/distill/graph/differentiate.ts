import { InferOptError } from '../../errors.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { ConvolutionForms } from '../gradients/convolution/forms.js';
import { gradientOf } from '../gradients/list.js';
import type { Emitter } from './emitter.js';

/**
 * The gradient of a scalar by each of `targets`, as operators added to the graph (reverse mode: Linnainmaa 1970).
 * Values that flow back through several readers are added up. A target on which the scalar does not depend is
 * absent from the result. Throws `model` where an operator on the way has no gradient.
 */
export function differentiate(
  emitter: Emitter,
  scalar: Value,
  targets: readonly Value[],
  forms: ConvolutionForms,
): Map<Value, Value> {
  const { graph } = emitter;
  const dependent = dependentOn(new Set(targets), [...graph.nodes()]);
  const parts = new Map<Value, Value[]>([[scalar, [emitter.scalar(1)]]]);
  const gradientAt = (value: Value | undefined): Value | undefined => {
    const found = value === undefined ? undefined : parts.get(value);
    if (found === undefined || value === undefined) return undefined;
    if (found.length > 1) parts.set(value, [found.reduce((a, b) => emitter.add(a, b))]);
    return parts.get(value)![0];
  };
  for (const node of [...graph.nodes()].reverse()) {
    if (!node.outputs.some((value) => value !== undefined && dependent.has(value) && parts.has(value)))
      continue;
    const gradient = gradientOf(node);
    const obstacle = obstacleAt(node, dependent);
    if (gradient === undefined || obstacle !== undefined) throw new InferOptError('model', obstacle!);
    const wants = (place: number): boolean => {
      const input = node.inputs[place];
      return input !== undefined && dependent.has(input);
    };
    emitter.part = node.label;
    const outputs = node.outputs.map(gradientAt);
    const found = gradient.build({ node, emitter, outputs, wants, forms });
    node.inputs.forEach((input, place) => {
      const part = found[place];
      if (input === undefined || part === undefined || !wants(place)) return;
      parts.set(input, [...(parts.get(input) ?? []), part]);
    });
  }
  emitter.part = 'step';
  return new Map(
    targets.flatMap((target) => {
      const gradient = gradientAt(target);
      return gradient === undefined ? [] : [[target, gradient] as const];
    }),
  );
}

/** The targets and every float value that is computed from them. */
export function dependentOn(targets: ReadonlySet<Value>, nodes: readonly Node[]): Set<Value> {
  const dependent = new Set(targets);
  for (const node of nodes) {
    if (!node.inputs.some((input) => input !== undefined && dependent.has(input))) continue;
    for (const output of node.outputs)
      if (output !== undefined && isDifferentiable(output)) dependent.add(output);
  }
  return dependent;
}

/** Why nothing can be handed back through a node, in words; undefined where it can. */
export function obstacleAt(node: Node, dependent: ReadonlySet<Value>): string | undefined {
  const gradient = gradientOf(node);
  const where = `${node.qualifiedType} (${node.label})`;
  if (gradient === undefined) return `${where} has no gradient here`;
  const reason = gradient.refuses?.(node);
  if (reason !== undefined) return `${where} has no gradient here: ${reason}`;
  if (gradient.places === 'all') return undefined;
  const { places } = gradient;
  const odd = node.inputs.findIndex(
    (input, place) => input !== undefined && dependent.has(input) && !places.includes(place),
  );
  return odd < 0 ? undefined : `${where} has no gradient by its input ${odd}`;
}

/** Integers and bools do not move with what they are computed from. Types that are not known count as floats. */
function isDifferentiable(value: Value): boolean {
  return value.type?.kind !== 'tensor' || value.type.dtype === 'float32';
}
