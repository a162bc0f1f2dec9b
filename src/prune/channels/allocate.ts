import type { ChannelGroup, Unit } from './groups.js';
import type { Counter } from './remaining.js';

/** A last step that saves more than is needed by this share of the whole is shortened, whatever kernels like. */
const tooMuch = 0.02;

/** In which order the units of a group go, and what each adds to the error. */
export interface GroupTrace {
  readonly group: ChannelGroup;
  readonly order: readonly Unit[];
  readonly cost: Float64Array;
  /** Widths that kernels like: what stays is a multiple of it. */
  readonly multiple: number;
}

interface Step {
  readonly trace: GroupTrace;
  readonly units: readonly Unit[];
  readonly gain: number;
  readonly price: number;
  readonly cost: number;
}

/**
 * Takes units where they cost least for the work they save, a step of a group at a time, until no more than
 * `budget` multiply-accumulates are left or nothing more can go. Every group keeps one step at least.
 */
export function allocate(traces: readonly GroupTrace[], work: Counter, budget: number): Unit[] {
  const taken = new Map(traces.map((trace) => [trace, 0]));
  const gone: Unit[] = [];
  const whole = work.total();
  let left = whole;
  while (left > budget) {
    let best: Step | undefined;
    // A step that is enough by itself and costs less than the step at the best price ends it.
    let last: Step | undefined;
    for (const trace of traces) {
      const from = taken.get(trace)!;
      const { order, cost, multiple } = trace;
      const staying = order.length - from;
      const step = staying % multiple === 0 ? multiple : staying % multiple;
      if (staying - step < Math.min(multiple, order.length)) continue;
      const units = order.slice(from, from + step);
      const gain = work.gain(trace.group, units);
      if (gain <= 0) continue;
      let sum = 0;
      for (let i = from; i < from + step; i++) sum += cost[i]!;
      const price = sum / gain;
      const taking = { trace, units, gain, price, cost: sum };
      if (best === undefined || price < best.price) best = taking;
      if (left - gain > budget) continue;
      const ending =
        budget - (left - gain) > tooMuch * whole ? shortened(taking, work, left - budget, from) : taking;
      if (last === undefined || ending.cost < last.cost) last = ending;
    }
    if (best === undefined) break;
    if (last !== undefined && last.cost <= best.cost) best = last;
    work.remove(best.units);
    gone.push(...best.units);
    taken.set(best.trace, taken.get(best.trace)! + best.units.length);
    left -= best.gain;
  }
  return gone;
}

/** The same step with as few units as still save enough, by halves of its width. */
function shortened(step: Step, work: Counter, needed: number, from: number): Step {
  let found = step;
  for (let count = Math.floor(step.units.length / 2); count >= 1; count = Math.floor(count / 2)) {
    const units = step.units.slice(0, count);
    const gain = work.gain(step.trace.group, units);
    if (gain < needed) break;
    const cost = step.trace.cost.slice(from, from + count).reduce((sum, one) => sum + one, 0);
    found = { ...step, units, gain, price: cost / gain, cost };
  }
  return found;
}

/** Steps of width: what kernels compute at once, as far as the layer is wide enough for it to matter. */
export function multipleFor(group: ChannelGroup): number {
  const width = group.units.length;
  const block = Math.max(...[...group.units[0]!.values()].map((places) => places.length));
  // Units that are blocks of channels themselves (heads) keep whole blocks anyway.
  if (block >= 8 && width < 64) return 1;
  if (width >= 64) return 8;
  return width >= 16 ? 4 : 1;
}
