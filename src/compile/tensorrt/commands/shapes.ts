import { shapeSpec } from '../profiles.js';
import { demand, takes } from '../trtexec.js';
import type { EngineJob } from './job.js';

/** The profiles of the engine: one in the way that every version knows, several numbered. */
export function profileWords({ trtexec, profiles }: EngineJob): string[] {
  if (profiles.length > 1) demand(trtexec, '--profile', 'more than one profile');
  return profiles.flatMap((profile, index) => [
    ...(profiles.length > 1 ? [`--profile=${index}`] : []),
    `--minShapes=${shapeSpec(profile, 'min')}`,
    `--optShapes=${shapeSpec(profile, 'opt')}`,
    `--maxShapes=${shapeSpec(profile, 'max')}`,
  ]);
}

/** The shapes to run at: the usual ones of the first profile. */
export function runShapeWords({ trtexec, profiles }: EngineJob): string[] {
  const [first] = profiles;
  if (first === undefined) return [];
  const pick = profiles.length > 1 && takes(trtexec, '--useProfile') ? ['--useProfile=0'] : [];
  return [...pick, `--shapes=${shapeSpec(first, 'opt')}`];
}
