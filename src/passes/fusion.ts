import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { Edit } from './edit.js';
import { NodesByType } from './nodes-by-type.js';
import type { Effect, Pass, PassReport, RunContext, SkippedPlace } from './pass.js';
import type { TypeFacts } from './types/infer-types.js';

/** A near miss: the pattern is there, and one named condition fails. */
export class Miss {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

export function miss(why: string): Miss {
  return new Miss(why);
}

export interface Fusion<Captures extends object> {
  readonly name: string;
  readonly summary: string;
  readonly effect: Effect;
  /** Operator names, in the standard's domain unless written `domain.Name`, at which a match is tried. */
  readonly root: string | readonly string[];
  readonly opset?: { readonly min?: number; readonly max?: number };
  readonly needs?: readonly 'shapes'[];
  /** Looks and never changes anything: captures on a match, a near miss with its reason, or undefined. */
  match(root: Node, context: FusionContext): Captures | Miss | undefined;
  rewrite(captures: Captures, edit: Edit, context: FusionContext): void;
}

/** What a pattern may look at beside the graph. */
export interface FusionContext {
  readonly opset: number;
  readonly constantBudget: number;
  readonly facts: TypeFacts;
}

/** Makes a pass out of a pattern: tried at each root node of every graph, in order. */
export function fusion<Captures extends object>(pattern: Fusion<Captures>): Pass {
  const roots = new Set(typeof pattern.root === 'string' ? [pattern.root] : pattern.root);
  return {
    name: pattern.name,
    summary: pattern.summary,
    effect: pattern.effect,
    roots,
    ...(pattern.opset === undefined ? {} : { opset: pattern.opset }),
    ...(pattern.needs === undefined ? {} : { needs: pattern.needs }),
    run: (model, context) => applyEverywhere(model, context, pattern, roots),
  };
}

function applyEverywhere<Captures extends object>(
  model: Model,
  { constantBudget, facts, nodes }: RunContext,
  pattern: Fusion<Captures>,
  roots: ReadonlySet<string>,
): PassReport {
  const context: FusionContext = { opset: model.opset, constantBudget, facts };
  const skipped: SkippedPlace[] = [];
  let changes = 0;
  for (const node of (nodes ?? new NodesByType(model)).of(roots)) {
    // What a rewrite makes is looked at in the next round.
    if (node.removed) continue;
    const match = pattern.match(node, context);
    if (match === undefined) continue;
    if (match instanceof Miss) {
      skipped.push({ at: node.label, why: match.why });
      continue;
    }
    pattern.rewrite(match, new Edit(node), context);
    changes += 1;
  }
  return { changes, skipped };
}
