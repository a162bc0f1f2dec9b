import { InferOptError } from '../errors.js';

/** One part of the candidates: every `count`-th, beginning with number `index`, which counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Reads `I/N`, counted from 1, or `N` alone where a Kubernetes Indexed Job says which part this is in
 * JOB_COMPLETION_INDEX (which counts from 0). Throws `usage`.
 */
export function parseShard(text: string, env: Readonly<Record<string, string | undefined>>): Shard {
  const match = /^(?:(\d+)\/)?(\d+)$/.exec(text.trim());
  if (match === null) throw problem(text, 'expected I/N, such as 1/4', 'the first of four parts is 1/4');
  const count = Number(match[2]);
  const index = match[1] === undefined ? indexFrom(env, text) : Number(match[1]);
  if (count < 1 || count > 10_000) throw problem(text, 'there are 1 to 10000 parts', 'for instance 1/4');
  if (index < 1 || index > count) {
    const hint = 'in a Kubernetes Indexed Job give the number of parts alone: JOB_COMPLETION_INDEX is read';
    throw problem(text, `parts count from 1 to ${count}, and this is part ${index}`, hint);
  }
  return { index, count };
}

function indexFrom(env: Readonly<Record<string, string | undefined>>, text: string): number {
  const given = env.JOB_COMPLETION_INDEX;
  if (given !== undefined && /^\d+$/.test(given)) return Number(given) + 1;
  throw problem(
    text,
    'which part is it?',
    'write I/N, or set JOB_COMPLETION_INDEX as a Kubernetes Indexed Job does',
  );
}

function problem(text: string, message: string, hint: string): InferOptError {
  return new InferOptError('usage', `--shard ${text}: ${message}`, { hint });
}

/** The members of a list that belong to a part. */
export function partOf<Member>(list: readonly Member[], shard: Shard | undefined): Member[] {
  if (shard === undefined) return [...list];
  return list.filter((_, place) => place % shard.count === shard.index - 1);
}
