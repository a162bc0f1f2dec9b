import type { Model } from '../../ir/model.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { InferOptError } from '../../errors.js';
import { takePlaces } from '../take-places.js';
import type { Axis } from './axes.js';
import type { Unit } from './groups.js';
import { ruleOf } from './rules/list.js';
import type { Kept } from './rules/rule.js';

/** Takes units out of a model, in place: constants, attributes and shapes. Tells which places of any axis stay. */
export function cutUnits(model: Model, units: readonly Unit[]): Kept {
  const gone = new Map<Axis, Set<number>>();
  for (const unit of units) {
    for (const [axis, places] of unit) {
      let set = gone.get(axis);
      if (set === undefined) gone.set(axis, (set = new Set()));
      for (const place of places) set.add(place);
    }
  }
  const staying = new Map<Value, Map<number, Int32Array>>();
  for (const [axis, set] of gone) {
    const places = Int32Array.from({ length: axis.length }, (_, index) => index).filter(
      (index) => !set.has(index),
    );
    if (places.length === 0) throw new InferOptError('internal', `nothing is left of ${axis.value.name}`);
    let own = staying.get(axis.value);
    if (own === undefined) staying.set(axis.value, (own = new Map<number, Int32Array>()));
    own.set(axis.axis, places);
  }
  const kept: Kept = (value, axis) => staying.get(value)?.get(axis);
  // Rules look at the shapes of before.
  const graphs = [...model.graphs()];
  for (const [value, cut] of staying) {
    if (value.constant === undefined) continue;
    for (const [axis, places] of cut) value.constant = takePlaces(value.constant, axis, places);
    value.type = tensorType(value.constant.dtype, value.constant.dims);
  }
  for (const graph of graphs) {
    for (const node of [...graph.nodes()]) ruleOf(node.qualifiedType)?.adapt?.(node, kept);
  }
  for (const graph of graphs) {
    for (const value of graph.values()) {
      if (value.producer === undefined || value.isGraphOutput) continue;
      value.type = undefined;
      value.typeDeclared = false;
    }
    for (const value of [...graph.values()]) {
      if (value.isUnused && value.producer === undefined && !value.isGraphInput) graph.removeValue(value);
    }
  }
  return kept;
}
