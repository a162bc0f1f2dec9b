import { formatVersion, isAtLeast, type TensorRtVersion } from '../../version.js';
import type { PreflightRule } from '../rule.js';

const name = 'opset';

/** The newest operator set that the parser of a version was made for, as its release notes say. */
const newest: readonly (readonly [since: string, opset: number])[] = [
  ['8.6', 17],
  ['8.5', 16],
  ['8.0', 13],
];

function newestFor(version: TensorRtVersion): number | undefined {
  if (isAtLeast(version, '9.0')) return undefined;
  return newest.find(([since]) => isAtLeast(version, since))?.[1];
}

/** A newer operator set than the parser knows: it tries all the same, and may misread what has changed. */
export const opset: PreflightRule = {
  name,
  summary: 'an operator set that is newer than the parser',
  check({ model, trtexec: { version } }) {
    const limit = newestFor(version);
    if (limit === undefined || model.opset <= limit) return [];
    return [
      {
        rule: name,
        severity: 'warning',
        message: `the model has opset ${model.opset}, and the parser of TensorRT ${formatVersion(version)} was made for opset ${limit}`,
        count: 1,
        hint: `export it at opset ${limit} or older if the parser complains`,
        fixable: false,
      },
    ];
  },
};
