import { InferOptError } from '../../errors.js';
import type { FakeQuantization } from './fake-quantization.js';

/** Roundings of weights that a student can be trained against. */
export const fakeQuantizations: readonly FakeQuantization[] = [
  { name: 'int8', summary: 'weights on 255 levels, a scale for each output channel', levels: 127 },
  { name: 'int4', summary: 'weights on 15 levels, a scale for each output channel', levels: 7 },
];

/** Throws `usage` for an unknown name. */
export function fakeQuantizationNamed(name: string): FakeQuantization {
  const found = fakeQuantizations.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new InferOptError('usage', `there is no rounding ${name}`, {
    hint: `choose ${fakeQuantizations.map((one) => one.name).join(', ')}`,
  });
}
