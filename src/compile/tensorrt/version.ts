import { InferOptError } from '../../errors.js';

/** A version of TensorRT. */
export interface TensorRtVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads "10", "10.2" or "10.2.0"; further parts are ignored. Throws `usage` for anything else. */
export function parseVersion(text: string): TensorRtVersion {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)*$/.exec(text.trim());
  if (match === null) {
    throw new InferOptError('usage', `${JSON.stringify(text)} is no version of TensorRT`, {
      hint: 'write it as 8.6, 10.2 or 10.2.0',
    });
  }
  return { major: Number(match[1]), minor: Number(match[2] ?? 0), patch: Number(match[3] ?? 0) };
}

export function formatVersion({ major, minor, patch }: TensorRtVersion): string {
  return `${major}.${minor}.${patch}`;
}

/**
 * The version in trtexec's banner: "[TensorRT v8601]" is 8.6.1, "[TensorRT v100300]" is 10.3.0 (two digits a part since
 * version 10, one digit for the minor part before).
 */
export function versionInBanner(text: string): TensorRtVersion | undefined {
  const digits = /\[TensorRT v(\d+)\]/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  const [majorUnit, minorUnit] = value >= 100_000 ? [10_000, 100] : [1000, 100];
  return {
    major: Math.floor(value / majorUnit),
    minor: Math.floor((value % majorUnit) / minorUnit),
    patch: value % minorUnit,
  };
}

/** True when `version` is `limit` or later; `limit` as "10.14". */
export function isAtLeast(version: TensorRtVersion, limit: string): boolean {
  const other = parseVersion(limit);
  return (version.major - other.major || version.minor - other.minor || version.patch - other.patch) >= 0;
}
