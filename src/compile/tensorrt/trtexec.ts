import { InferOptError } from '../../errors.js';
import { versionTakes } from './options.js';
import { formatVersion, isAtLeast, type TensorRtVersion } from './version.js';

/** A trtexec, or one that is only imagined for a dry run. */
export interface Trtexec {
  /** Null when it is imagined. */
  readonly path: string | null;
  readonly version: TensorRtVersion;
  readonly source: 'asked' | 'given' | 'assumed';
  /** The options that its help names; undefined when it was not asked. */
  readonly options: ReadonlySet<string> | undefined;
}

/** From here on the graph itself carries the precision, and there are no flags for it. */
export function isStronglyTyped({ version }: Trtexec): boolean {
  return isAtLeast(version, '11.0');
}

/**
 * Whether this trtexec takes an option. Our own table decides; the help text takes away what a build lacks and adds what
 * a version had earlier than we know. Options that lost their effect stay in the help: the table keeps them out.
 */
export function takes(trtexec: Trtexec, option: string): boolean {
  const byVersion = versionTakes(trtexec.version, option);
  if (trtexec.options === undefined) return byVersion;
  // A help text that names hardly anything was not understood: believe the table.
  if (!trtexec.options.has('--onnx')) return byVersion;
  return trtexec.options.has(option) && (byVersion || !isStronglyTyped(trtexec));
}

/** Throws `usage` when this trtexec does not take the option that `what` needs. */
export function demand(trtexec: Trtexec, option: string, what: string): void {
  if (takes(trtexec, option)) return;
  throw new InferOptError(
    'usage',
    `trtexec ${formatVersion(trtexec.version)} has no ${option}, which ${what} needs`,
    {
      hint: `leave ${what} out, or use another version of TensorRT`,
    },
  );
}
