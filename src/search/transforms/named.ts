import { InferOptError } from '../../errors.js';
import { transforms } from './list.js';
import type { Transform } from './transform.js';

/** The transform of that name. */
export function transformNamed(name: string): Transform {
  const found = transforms.find((transform) => transform.name === name);
  if (found === undefined) throw new InferOptError('internal', `there is no transform ${name}`);
  return found;
}
