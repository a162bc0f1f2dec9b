import type { Model } from '../../../ir/model.js';
import type { Node } from '../../../ir/node.js';
import type { GraphPrecision } from '../graph-precision.js';
import type { Precision } from '../intent.js';
import type { ShapeProfile } from '../profiles.js';
import type { Trtexec } from '../trtexec.js';
import type { Finding } from './finding.js';

/** Where the profiles come from; `model`: a free batch was taken as 1. */
export type ShapeSource = 'flags' | 'dataset' | 'model' | 'none';

/** What the rules look at. Types of values are as precise as the runtime could tell. */
export interface PreflightContext {
  readonly model: Model;
  readonly trtexec: Trtexec;
  readonly precision: Precision;
  readonly graph: GraphPrecision;
  readonly profiles: readonly ShapeProfile[];
  readonly shapesFrom: ShapeSource;
  /** The shapes that occur in the dataset; undefined without one. */
  readonly observed: ShapeProfile | undefined;
  /** Words that go to trtexec as they are. */
  readonly extra: readonly string[];
}

/** Something that TensorRT is particular about. Adding one: a file that exports it, and a line in `list.ts`. */
export interface PreflightRule {
  readonly name: string;
  readonly summary: string;
  check(context: PreflightContext): readonly Finding[];
}

export interface FindingSettings {
  readonly rule: string;
  readonly severity?: Finding['severity'];
  readonly message: string;
  readonly hint: string;
  readonly fixable?: boolean;
}

/** One finding for many places: nothing without a place. */
export function findingAt(places: readonly (Node | string)[], settings: FindingSettings): Finding[] {
  const [first] = places;
  if (first === undefined) return [];
  const label = typeof first === 'string' ? first : first.label;
  const more = places.length === 1 ? '' : ` and ${places.length - 1} more`;
  return [
    {
      rule: settings.rule,
      severity: settings.severity ?? 'error',
      message: `${settings.message} (${label}${more})`,
      count: places.length,
      hint: settings.hint,
      fixable: settings.fixable ?? false,
    },
  ];
}

/** Every node, those in bodies of If, Loop and Scan as well. */
export function nodesOf(model: Model): Node[] {
  return [...model.graphs()].flatMap((graph) => [...graph.nodes()]);
}
