import { describe, expect, it } from 'vitest';
import { newestOpset, operatorVersions } from '../../../src/onnx/signatures/operator-versions.js';
import { conversions } from '../../../src/onnx/upgrade/conversions.js';
import { compatibleChanges, early, experimental, refusalAt } from '../../../src/onnx/upgrade/decisions.js';

const changes = Object.entries(operatorVersions).flatMap(([operator, versions]) =>
  versions.slice(1).map((version) => `${operator} ${version}`),
);
const converted = conversions.flatMap(({ operators, to }) =>
  operators.map((operator) => `${operator} ${to}`),
);
const compatible = compatibleChanges.flatMap(({ steps }) =>
  Object.entries(steps).flatMap(([operator, versions]) =>
    versions.map((version) => `${operator} ${version}`),
  ),
);

describe('decisions about every change of every operator', () => {
  it('forgets none', () => {
    const decided = new Set([...converted, ...compatible]);
    const open = changes.filter((change) => {
      const [operator, version] = change.split(' ') as [string, string];
      return !decided.has(change) && refusalAt(operator, Number(version)) === undefined;
    });
    expect(open).toEqual([]);
  });

  it('decides none twice', () => {
    const decided = [...converted, ...compatible];
    expect(decided.filter((change, index) => decided.indexOf(change) !== index)).toEqual([]);
  });

  it('decides about no change that the standard does not have', () => {
    const known = new Set(changes);
    const stray = [...converted, ...compatible].filter((change) => !known.has(change));
    // What the runtime had before the standard, or the standard as an experiment.
    expect(stray.filter((change) => !experimental.has(change.split(' ')[0]!))).toEqual(
      [...early].map((operator) => `${operator} ${operatorVersions[operator]?.[0] ?? 0}`),
    );
  });

  it('gives every experiment an end', () => {
    // ThresholdedRelu went into the standard as it was.
    const open = [...experimental].filter(
      (operator) =>
        !conversions.some(({ operators }) => operators.includes(operator)) &&
        refusalAt(operator, 10) === undefined,
    );
    expect(open).toEqual(['ThresholdedRelu']);
  });

  it('lists conversions in the order of the opsets', () => {
    const order = conversions.map(({ to }) => to);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('knows versions up to the newest opset alone', () => {
    expect(Math.max(...Object.values(operatorVersions).flat())).toBe(newestOpset);
  });
});
