import { InferOptError } from '../../errors.js';
import { parseGate } from '../../gates/parse.js';
import { top1 } from '../../bench/metrics/top1.js';
import { scoresOutput } from '../../bench/metrics/scores.js';
import type { MixedGoal } from '../../quantize/mixed/goal.js';

/** The metrics that quantize looks at on its calibration samples. */
const metrics = ['sqnr_db', 'cosine', 'top1.drop'] as const;

/** Whether `quantize` can mix integers and floats until a gate on this metric is met. */
export function isGoalMetric(metric: string): boolean {
  return metrics.some((name) => name === metric);
}

/** What `quantize --gate` asks for. Throws `usage` for a metric that needs more than calibration samples. */
export function quantizationGoal(expr: string, by: MixedGoal['by']): MixedGoal {
  const gate = parseGate(expr);
  const metric = metrics.find((name) => name === gate.metric);
  if (metric === undefined) {
    throw new InferOptError('usage', `quantize does not measure ${gate.metric}`, {
      hint: `its gate is one of ${metrics.join(', ')}; "infer-opt bench" and "infer-opt optimize" take them all`,
    });
  }
  return {
    expr: gate.expr,
    metric,
    comparison: gate.comparison,
    limit: gate.limit,
    by,
    isRight: metric === 'top1.drop' ? isRight : undefined,
  };
}

const isRight: NonNullable<MixedGoal['isRight']> = (sample, outputs) => {
  const name = scoresOutput(outputs, (sample.label ?? 1) + 1);
  const answer = {
    sample: sample.id,
    outputs,
    scores: name === undefined ? undefined : outputs.get(name),
    label: sample.label,
    target: sample.target,
  };
  return top1.keep(answer);
};
