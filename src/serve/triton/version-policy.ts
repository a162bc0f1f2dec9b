import { InferOptError } from '../../errors.js';
import type { Message } from './text-format.js';

/**
 * Which versions are served, from `latest:2`, `all` or `1,3`.
 *
 * @throws InferOptError `usage` for anything else
 */
export function versionPolicy(text: string): Message {
  if (text === 'all') return { all: {} };
  const latest = /^latest:([1-9]\d{0,8})$/.exec(text);
  if (latest !== null) return { latest: { num_versions: Number(latest[1]) } };
  if (/^[1-9]\d{0,15}(,[1-9]\d{0,15})*$/.test(text))
    return { specific: { versions: text.split(',').map(Number) } };
  throw new InferOptError('usage', `no version policy: ${text}`, {
    hint: 'give latest:N, all, or numbers such as 1,3',
  });
}
