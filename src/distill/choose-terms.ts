import type { Lesson } from './judge.js';
import { lossNamed } from './losses/list.js';
import { softTargets } from './losses/soft-targets.js';
import { squaredError } from './losses/squared-error.js';
import type { Pair } from './match-outputs.js';
import type { LossTerm } from './terms.js';

/** A loss for each pair of outputs: as it was named, or soft targets for scores and squared error for the rest. */
export function termsOf(
  pairs: readonly Pair[],
  lessons: readonly Lesson[],
  said: string,
  temperature: number,
): LossTerm[] {
  return pairs.map(({ student, teacher, scores }, i) => {
    const loss = said !== 'auto' ? lossNamed(said) : scores ? softTargets : squaredError;
    const power = meanSquare(lessons, i);
    return {
      student: student.name,
      teacher: teacher.name,
      loss,
      settings: { temperature, power },
      weight: 1 / pairs.length,
    };
  });
}

/** The mean square of what the teacher gives; 1 where it gives zeros only. */
function meanSquare(lessons: readonly Lesson[], term: number): number {
  let sum = 0;
  let count = 0;
  for (const { targets } of lessons) {
    for (const value of targets[term]!.toFloat32()) sum += value * value;
    count += targets[term]!.size;
  }
  return sum > 0 ? sum / count : 1;
}
