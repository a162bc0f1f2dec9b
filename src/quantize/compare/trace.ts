import type { Value } from '../../ir/value.js';

/**
 * The error that comes in and goes out between one compared value and the compared ones in front of it, as
 * noise over signal (0: none).
 */
export interface Step {
  readonly value: Value;
  readonly noiseIn: number;
  readonly noiseOut: number;
}

/**
 * For each value with a known noise, the largest noise among the nearest values in front of it whose noise is
 * known as well. Values in between that were not compared (what a fusion took away) are passed through.
 */
export function traceNoise(noise: ReadonlyMap<Value, number>): Step[] {
  return [...noise].map(([value, noiseOut]) => {
    let noiseIn = 0;
    const seen = new Set<Value>();
    const waiting: Value[] = [...inputsOf(value)];
    for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
      if (seen.has(current)) continue;
      seen.add(current);
      const known = noise.get(current);
      if (known !== undefined) noiseIn = Math.max(noiseIn, known);
      else waiting.push(...inputsOf(current));
    }
    return { value, noiseIn, noiseOut };
  });
}

function inputsOf(value: Value): Value[] {
  return (
    (value.producer?.inputs.filter((input) => input !== undefined && input.constant === undefined) as
      Value[] | undefined) ?? []
  );
}
