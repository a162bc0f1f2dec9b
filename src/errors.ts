/**
 * Why a job could not be done. The code decides the exit status of the command line:
 * - `usage`: a flag, recipe or dataset description is wrong (exit 2)
 * - `model`: the model cannot be read, is broken, or is not supported (exit 2)
 * - `data`: the samples do not fit the model or each other (exit 2)
 * - `output`: the result cannot be written where it was asked for (exit 2)
 * - `environment`: a tool, package, provider or device is absent or failed (exit 3)
 * - `internal`: a promise between our own parts was broken (exit 70)
 */
export type ErrorCode = 'usage' | 'model' | 'data' | 'output' | 'environment' | 'internal';

/** An expected failure: one line that says what and where, and a hint that says what to do. */
export class InferOptError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'InferOptError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** Why a file cannot be read, in words: the path is said by who reports it. */
export function readableReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'permission denied';
  return messageOf(cause);
}

/** The text of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s+/g, ' ').trim();
}

interface Issues {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/** The first place where data from outside does not fit its schema, and why; on one line. */
export function firstIssue({ issues: [issue] }: Issues): string {
  const where = issue?.path.map(String).join('.') ?? '';
  return `${where === '' ? '' : `${where}: `}${issue?.message ?? ''}`;
}
