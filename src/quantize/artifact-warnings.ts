import type { OutputDistance } from '../runtime/compare-outputs.js';
import type { KernelReport } from '../runtime/kernels.js';
import type { Candidate } from './candidate.js';
import type { MixedGoal } from './mixed/goal.js';
import type { ModeReport } from './modes/mode.js';

/**
 * What a user should know about an artifact.
 * @param notRun why neither it nor the original was run
 */
export function artifactWarnings(
  { report, outputs }: Candidate,
  kernels: KernelReport | null,
  goal: MixedGoal | undefined,
  notRun: string | undefined,
): string[] {
  return [
    ...report.warnings,
    ...(notRun === undefined ? [] : [`outputs were not compared, nor values in between watched: ${notRun}`]),
    ...goalWarnings(goal, report),
    ...distanceWarnings(outputs),
    ...(kernels?.warnings ?? []),
    ...kernelWarnings(kernels),
  ];
}

function goalWarnings(goal: MixedGoal | undefined, { mixed }: ModeReport): string[] {
  if (goal === undefined) return [];
  if (mixed === undefined)
    return [`${goal.expr} was not looked at: only static mode mixes integers and floats`];
  return mixed.met
    ? []
    : [`${goal.expr} was not met: the best that was measured is ${mixed.value.toPrecision(4)}`];
}

function distanceWarnings(outputs: OutputDistance | null): string[] {
  if (outputs === null || outputs.not_finite === 0) return [];
  return [
    `the artifact gives NaN or infinity for ${outputs.not_finite} numbers of the outputs where the original does not`,
  ];
}

function kernelWarnings(kernels: KernelReport | null): string[] {
  const dequantized = kernels?.dequantized_weights ?? [];
  return dequantized.map(({ name, node }) => `the weight ${name} is dequantized for ${node} at every run`);
}
