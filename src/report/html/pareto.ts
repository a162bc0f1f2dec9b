import { nothing, type Html } from './html.js';
import { qualityPlot, type QualityMeasure, type QualityPoint } from './quality-plot.js';
import type { ResultView, Shown } from './view.js';

/** Quality against latency of all artifacts of a result. */
export function paretoPlot({ prefix, shown }: ResultView): Html {
  const quality = qualityOf(shown);
  if (quality === undefined) return nothing;
  const points = shown.flatMap((one): QualityPoint[] => {
    const { artifact, name, mark, tint } = one;
    const x = artifact.latency_ms?.p50;
    const y = quality.value(one);
    const bytes = artifact.served === null ? artifact.bytes : null;
    return x === undefined || y == null ? [] : [{ name, mark, tint, x, y, bytes }];
  });
  return qualityPlot(`${prefix}-pareto`, points, quality);
}

interface Quality extends QualityMeasure {
  readonly value: (one: Shown) => number | null | undefined;
}

/** The first accuracy that there is; without labels how far candidates agree with the baseline. */
function qualityOf(shown: readonly Shown[]): Quality | undefined {
  const name = Object.keys(shown[0]?.artifact.accuracy ?? {})[0];
  if (name !== undefined) {
    return {
      label: name,
      least: 0.005,
      value: ({ artifact }) => artifact.accuracy[name],
      format: (value) => value.toFixed(4),
      tick: (value) => value.toFixed(3),
    };
  }
  const metric = (['agreement', 'cosine'] as const).find((key) =>
    shown.some(({ artifact }) => artifact.outputs?.[key] != null),
  );
  if (metric === undefined) return undefined;
  return {
    label: `${metric} with the baseline`,
    least: 0.005,
    value: ({ artifact }) => (artifact.role === 'baseline' ? 1 : artifact.outputs?.[metric]),
    format: (value) => value.toFixed(5),
    tick: (value) => value.toFixed(3),
  };
}
