import { readFile } from 'node:fs/promises';
import type { Arrivals } from '../../bench/serving/arrivals.js';
import { InferOptError, messageOf } from '../../errors.js';

/**
 * Arrivals from a file: one time in milliseconds a line (`#` begins a comment), or a JSON array of such times.
 *
 * @throws InferOptError `usage` when there are fewer than two, or time goes back
 */
export async function readTrace(path: string): Promise<Arrivals> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    throw new InferOptError('usage', `cannot read the trace ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  const words = text
    .replace(/#.*$/gm, '')
    .split(/[\s,[\]]+/)
    .filter((word) => word !== '');
  const times = Float64Array.from(words, Number);
  const wrong = times.findIndex(
    (time, index) => !Number.isFinite(time) || (index > 0 && time < times[index - 1]!),
  );
  if (wrong >= 0)
    throw new InferOptError('usage', `${path}: ${words[wrong]!} is no time that follows the one before it`, {
      hint: 'give one time in milliseconds a line, never decreasing',
    });
  if (times.length < 2 || times[0] === times.at(-1))
    throw new InferOptError('usage', `${path}: a trace needs two requests at different times, or more`);
  return times;
}
