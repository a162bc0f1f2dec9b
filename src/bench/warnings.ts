import { labelMetrics } from './metrics/list.js';
import type { Measurements } from './measurements.js';
import type { ArtifactResult, GateResult } from './result.js';

/** Medians of rounds that stray more than this say that the machine was busy. */
const restless = 0.05;
/** A ratio known less well than this, relative to itself, is worth a word. */
const wide = 0.05;

/** A machine whose own speed strays or drifts more than this while it measures is no steady ground. */
const unsteady = 0.05;

/** What a reader should know before believing the numbers, one line each. */
export function warningsOf(
  measured: Measurements,
  results: readonly ArtifactResult[],
  gates: readonly GateResult[],
): string[] {
  return [
    ...results.flatMap((result, i) => [
      ...(result.error === null ? [] : [result.error]),
      ...outputWarnings(measured, i),
      ...timingWarnings(result),
    ]),
    ...machineWarnings(measured),
    ...labelWarnings(measured, results),
    ...gates.flatMap(({ verdict, expr, artifact, detail }) =>
      verdict === 'inconclusive' ? [`gate '${expr}' is inconclusive for ${artifact}: ${detail}`] : [],
    ),
  ];
}

function outputWarnings({ artifacts }: Measurements, index: number): string[] {
  const { path, accuracy } = artifacts[index]!;
  const { notFinite, incomparable } = accuracy?.comparison ?? {};
  return [
    ...(notFinite
      ? [`${path}: output "${notFinite.output}" holds ${notFinite.value} at sample ${notFinite.sample}`]
      : []),
    ...(incomparable
      ? [
          `${path}: output "${incomparable.output}" is ${incomparable.found} at sample ${incomparable.sample}, ` +
            `and ${incomparable.expected} in the baseline, so outputs are not compared`,
        ]
      : []),
  ];
}

function timingWarnings({ path, batches, versus_baseline: versus }: ArtifactResult): string[] {
  const ci95 = versus?.speedup?.ci95;
  const unknown = versus?.speedup != null && ci95 === null;
  const spread = ci95 ? (ci95[1] - ci95[0]) / (ci95[0] + ci95[1]) : 0;
  return [
    ...batches.flatMap(({ batch, warm_up, unrest }) => [
      ...(warm_up?.settled === false
        ? [
            `${path}: its latency had not settled after ${Math.round(warm_up.ms)} ms of warm-up (batch ${batch})`,
          ]
        : []),
      ...(unrest > restless
        ? [`${path}: its rounds differ by ${percent(unrest)}: the machine was busy (batch ${batch})`]
        : []),
    ]),
    ...(unknown ? [`${path}: too few rounds for an interval of the speed-up; give it more --time`] : []),
    ...(spread > wide
      ? [`${path}: the speed-up is known to within ${percent(spread)} only; give it more --time`]
      : []),
  ];
}

function machineWarnings({ environment: { reference }, interrupted }: Measurements): string[] {
  const stopped = interrupted ? ['interrupted: the numbers are what was known by then'] : [];
  if (reference === null) return stopped;
  const { jitter, drift } = reference;
  return [
    ...stopped,
    ...(jitter > unsteady
      ? [`the machine itself is unsteady: a fixed piece of work took ${percent(jitter)} more or less`]
      : []),
    ...(Math.abs(drift) > unsteady
      ? [
          `the machine became ${percent(Math.abs(drift))} ${drift > 0 ? 'slower' : 'faster'} while it measured`,
        ]
      : []),
  ];
}

function labelWarnings({ dataset }: Measurements, results: readonly ArtifactResult[]): string[] {
  const [baseline] = results;
  if (!dataset.labelled || !baseline || Object.keys(baseline.accuracy).length > 0) return [];
  const { name, task = 'classification' } = dataset;
  const known = [...new Set(labelMetrics.flatMap(({ tasks }) => tasks))];
  const why =
    task === 'classification'
      ? `no output of ${baseline.path} holds one score a class`
      : known.includes(task)
        ? `the outputs of ${baseline.path} or the labels are not what task ${task} measures`
        : `there is no metric for task ${task} (known: ${known.join(', ')})`;
  return [`${name} has labels, but ${why}: accuracy is not measured`];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
