import { quotedName, shapeSpec } from '../profiles.js';
import { demand, takes } from '../trtexec.js';
import type { EngineJob, EngineRun } from './job.js';

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

/** The shapes to run at: those given, or the usual ones of the first profile. */
export function runShapeWords({ trtexec, profiles, at }: EngineRun): string[] {
  const profile = profiles[at?.profile ?? 0];
  if (profile === undefined) return [];
  const several = profiles.length > 1 && takes(trtexec, '--useProfile');
  const pick = several ? [`--useProfile=${at?.profile ?? 0}`] : [];
  const given = [...(at?.dims ?? [])].map(([name, dims]) => `${quotedName(name)}:${dims.join('x')}`);
  return [...pick, `--shapes=${at === undefined ? shapeSpec(profile, 'opt') : given.join(',')}`];
}
