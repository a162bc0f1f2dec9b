import { InferOptError } from '../errors.js';

/**
 * The name of what an artifact failed with, for programs; its line is for readers. Models: `load`, `run`, `crash`,
 * `timeout`, `interface` (other inputs or outputs), `leak`. Servers: `unreachable`, `not-ready`, `refused`, `error`, `died`,
 * `timeout`, `protocol`. Anything else is `other`.
 */
export function failureOf(error: InferOptError): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { failure } = at as { readonly failure?: unknown };
    if (typeof failure === 'string') return failure;
  }
  return 'other';
}

/** An artifact that runs and cannot be released all the same. */
export class ArtifactError extends InferOptError {
  readonly failure: 'interface' | 'leak';

  constructor(failure: 'interface' | 'leak', message: string, hint: string) {
    super('model', message, { hint });
    this.name = 'ArtifactError';
    this.failure = failure;
  }
}
