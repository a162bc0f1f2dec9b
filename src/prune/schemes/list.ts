import { InferOptError } from '../../errors.js';
import { patternNamed } from '../magnitude/pattern.js';
import { channel } from './channel.js';
import { magnitude } from './magnitude.js';
import { patternScheme } from './pattern.js';
import type { Scheme } from './scheme.js';

/** Every scheme, in the order of the help; any other N:M works as 2:4 does. */
export const schemes: readonly Scheme[] = [magnitude, patternScheme({ kept: 2, of: 4 }), channel];

/** The scheme of that name. Throws `usage` where there is none. */
export function schemeNamed(name: string): Scheme {
  const found = schemes.find((scheme) => scheme.name === name);
  if (found !== undefined) return found;
  const pattern = patternNamed(name);
  if (pattern !== undefined) return patternScheme(pattern);
  throw new InferOptError('usage', `there is no scheme ${JSON.stringify(name)}`, {
    hint: `choose one of ${schemes.map((scheme) => scheme.name).join(', ')}, or another N:M`,
  });
}
