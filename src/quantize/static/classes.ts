import type { Range } from '../../calibrate/range-method.js';
import type { Value } from '../../ir/value.js';
import { activationBounds } from './activation.js';
import type { StaticPlan } from './plan.js';

/** Inputs of a Concat share one scale as long as it costs none of their values more than one bit. */
const sharedRatio = 2;

/** Values that share scale and zero point. */
export class Classes {
  readonly #parent = new Map<Value, Value>();

  find(value: Value): Value {
    let root = value;
    for (let parent = this.#parent.get(root); parent !== undefined; parent = this.#parent.get(root))
      root = parent;
    return root;
  }

  /** `b` and all that share with it share with `a` from now on, whose root stays. */
  join(a: Value, b: Value): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA !== rootB) this.#parent.set(rootB, rootA);
  }
}

interface Limits {
  /** Width of the narrowest range that a member had of its own: joining again and again must not add up. */
  readonly narrowest: number;
  /** Ends that a Relu or Clip of a member has set: a range beyond them would undo it. */
  readonly low: number;
  readonly high: number;
}

const none: Limits = { narrowest: Infinity, low: -Infinity, high: Infinity };

/** How far the range of a class may be widened for the sake of a common scale. */
export class ClassLimits {
  readonly #limits = new Map<Value, Limits>();

  constructor(plan: StaticPlan, classes: Classes, ranges: ReadonlyMap<Value, Range>) {
    for (const [root, range] of ranges) this.set(root, range);
    for (const { activation, outputs } of plan.groups) {
      const bounds = activation === undefined ? undefined : activationBounds(activation);
      if (bounds === undefined) continue;
      const root = classes.find(outputs[0]!);
      this.#limits.set(root, meet(this.#of(root), { narrowest: Infinity, ...bounds }));
    }
  }

  allow(root: Value, range: Range): boolean {
    const { narrowest, low, high } = this.#of(root);
    return range.high - range.low <= sharedRatio * narrowest && range.low >= low && range.high <= high;
  }

  /** The class of `other` becomes a part of the one of `root`. */
  join(root: Value, other: Value): void {
    this.#limits.set(root, meet(this.#of(root), this.#of(other)));
  }

  /** A range that the class has now. */
  set(root: Value, { low, high }: Range): void {
    this.#limits.set(root, meet(this.#of(root), { ...none, narrowest: high - low }));
  }

  #of(root: Value): Limits {
    return this.#limits.get(root) ?? none;
  }
}

function meet(a: Limits, b: Limits): Limits {
  return {
    narrowest: Math.min(a.narrowest, b.narrowest),
    low: Math.max(a.low, b.low),
    high: Math.min(a.high, b.high),
  };
}
