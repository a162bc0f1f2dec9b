import { InferOptError } from '../errors.js';
import type { Progress } from '../progress.js';
import { readArtifactFile, type ModelFacts } from './artifact-file.js';
import type { Artifact } from './artifact.js';
import type { Opening } from './opening.js';
import { checkInterfaces, type Subject } from './subject.js';

export interface OpenOptions {
  readonly threads: number;
  readonly timeoutMs?: number | undefined;
  readonly readFacts?: ((path: string) => Promise<ModelFacts>) | undefined;
  readonly openingOf?: ((path: string) => Promise<Opening | undefined>) | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens one model after the other, so that load times are their own, and holds candidates to the inputs and outputs of
 * the first that opened: the baseline, or another candidate where the baseline is a stored one. Gives that first one.
 */
export async function openArtifacts(artifacts: readonly Artifact[], options: OpenOptions): Promise<Subject> {
  const { readFacts, openingOf, progress, threads, timeoutMs, signal } = options;
  const step = progress.start('Opening models', artifacts.length);
  try {
    for (const artifact of artifacts) {
      if (artifact.stored) continue;
      step.note(artifact.path);
      const isFile = artifact.address === undefined;
      if (isFile) {
        const facts = await readFacts?.(artifact.path).catch(() => undefined);
        artifact.nodes = facts?.nodes ?? null;
        artifact.file = await readArtifactFile(artifact.path, facts?.files ?? []);
      }
      await artifact.attempt(async () => {
        const opening = isFile ? await openingOf?.(artifact.path) : undefined;
        await artifact.open(
          { threads, ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal ? { signal } : {}) },
          opening,
        );
      });
      step.advance();
    }
  } finally {
    step.done();
  }
  const first = artifacts.find(({ subject }) => subject !== undefined);
  if (!first?.subject) throw artifacts.at(-1)?.error ?? new InferOptError('internal', 'no model is open');
  const reference = first.subject;
  for (const artifact of artifacts) {
    if (artifact === first) continue;
    await artifact.attempt(() => {
      if (artifact.subject) checkInterfaces(reference, artifact.subject);
    });
  }
  return reference;
}
