import { InferOptError } from '../errors.js';
import type { Pass } from '../passes/pass.js';
import { allPasses, basicPasses, fullPasses, requestedPasses, safePasses } from '../passes/presets.js';

/** How far fusing goes: a list of passes in their order. */
export interface Level {
  readonly name: string;
  readonly summary: string;
  readonly passes: readonly Pass[];
}

export const levels: readonly Level[] = [
  { name: 'safe', summary: 'only what leaves every output bit as it was', passes: safePasses },
  {
    name: 'basic',
    summary: 'the same and fusions to operators of the standard, fit for any runtime',
    passes: basicPasses,
  },
  {
    name: 'full',
    summary: "the same and onnxruntime's own operators, where they are faster on this machine",
    passes: fullPasses,
  },
];

/** What stands in no level, and is run where `--pass` names it. */
export const onRequest: Level = {
  name: 'on request',
  summary: 'in no level: run where --pass names them',
  passes: requestedPasses,
};

export interface PassChoice {
  readonly level: string;
  /** Only these passes, by name, in the order of the level. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/** The passes that are asked for, in their order. Throws `usage` for a name that is none. */
export function choosePasses({ level, only, skip }: PassChoice): readonly Pass[] {
  const found = levels.find(({ name }) => name === level);
  if (found === undefined) {
    throw new InferOptError('usage', `there is no level ${JSON.stringify(level)}`, {
      hint: `choose one of ${levels.map(({ name }) => name).join(', ')}`,
    });
  }
  for (const name of [...(only ?? []), ...(skip ?? [])]) checkName(name);
  const list = only === undefined ? found.passes : allPasses.filter(({ name }) => only.includes(name));
  return list.filter(({ name }) => skip?.includes(name) !== true);
}

function checkName(name: string): void {
  if (allPasses.some((pass) => pass.name === name)) return;
  const near = allPasses.filter((pass) => name !== '' && pass.name.includes(name)).map((pass) => pass.name);
  throw new InferOptError('usage', `there is no pass ${JSON.stringify(name)}`, {
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see infer-opt fuse --list',
  });
}
