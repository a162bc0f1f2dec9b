import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { lowestIrVersion } from '../../onnx/ir-version.js';
import { copyTypedModel } from '../half/copy-typed.js';
import { placesOf, type StaticCalibration } from './calibration.js';
import { emitCalibrated, type EmitOptions, type RoundedWeights } from './emit-calibrated.js';
import { planStatic } from './plan.js';

export interface CopyOptions extends EmitOptions {
  readonly isExcluded: (node: Node) => boolean;
}

/**
 * What a calibrated model becomes, as a copy that can be run.
 * @param isFloat by a node's place in the graph: what stays float beside what is excluded
 */
export function quantizedCopy(
  model: Model,
  calibration: StaticCalibration,
  options: CopyOptions,
  rounded: RoundedWeights,
  isFloat: (place: number) => boolean = () => false,
): Model {
  const copy = copyTypedModel(model);
  const places = placesOf(copy.graph);
  const { isExcluded, target } = options;
  const plan = planStatic(copy.graph, target, (node) => isFloat(places.get(node)!) || isExcluded(node));
  emitCalibrated(copy, plan, calibration, options, rounded);
  copy.irVersion = lowestIrVersion(copy);
  return copy;
}
