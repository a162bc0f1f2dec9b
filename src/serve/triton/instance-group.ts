import { enumName, type Message } from './text-format.js';

export interface InstanceGroup {
  readonly kind: 'cpu' | 'gpu';
  readonly count: number;
  /** Numbers of GPUs; empty for all that there are. */
  readonly gpus: readonly number[];
  /** What an instance must get from the rate limiter before it runs, by the name of the resource. */
  readonly resources: Readonly<Record<string, number>>;
}

/** The copies of a model. On several GPUs `count` is for each of them, as Triton counts. */
export function instanceGroup({ kind, count, gpus, resources }: InstanceGroup): Message {
  const limited = Object.entries(resources);
  return {
    count,
    kind: enumName(kind === 'gpu' ? 'KIND_GPU' : 'KIND_CPU'),
    gpus: kind === 'gpu' && gpus.length > 0 ? gpus : undefined,
    rate_limiter:
      limited.length === 0
        ? undefined
        : { resources: limited.map(([name, amount]) => ({ name, count: amount })) },
  };
}
