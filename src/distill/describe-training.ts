import { stat } from 'node:fs/promises';
import type { Tensor } from '../tensor/tensor.js';
import type { Judgement } from './judge.js';
import type { LoopReport } from './loop/loop.js';
import type { Parameter } from './parameters.js';
import type { PreparedStep } from './prepare-step.js';
import type { DistillResult } from './result.js';
import { sizeOf, zerosOf } from './student-weights.js';
import type { LossTerm } from './terms.js';

/** All that is known about a training when it is over and its model is written. */
export interface FinishedTraining {
  readonly files: { readonly student: string; readonly teacher: string; readonly output: string };
  readonly dataset: string;
  readonly learned: number;
  readonly heldBack: number;
  readonly settings: {
    readonly goals: readonly LossTerm[];
    readonly temperature: number;
    readonly optimizer: string;
    readonly rate: number;
    readonly batch: number;
    readonly rounding: string | null;
    readonly augmentations: readonly string[];
  };
  readonly prepared: PreparedStep;
  readonly report: LoopReport;
  readonly weights: {
    readonly trained: readonly Parameter[];
    readonly frozen: number;
    readonly masks: ReadonlyMap<string, Tensor>;
  };
  readonly before: Judgement;
  readonly best: Judgement & { readonly step: number };
  readonly evaluated: DistillResult['evaluated'];
  readonly warnings: readonly string[];
}

/** The result object of a training. */
export async function describeTraining(training: FinishedTraining): Promise<DistillResult> {
  const { files, learned, heldBack, settings, prepared, report, weights, before, best, evaluated } = training;
  const { goals, ...named } = settings;
  return {
    schema: 'infer-opt/distill@1',
    student: await fileRecord(files.student),
    teacher: await fileRecord(files.teacher),
    output: await fileRecord(files.output),
    data: { name: training.dataset, learned, held_back: heldBack, evaluated: evaluated?.samples ?? 0 },
    training: {
      loss: goals.map(({ loss, student, teacher }) => ({ name: loss.name, student, teacher })),
      ...named,
      parts: prepared.parts,
      memory_bytes: prepared.memory,
      steps: report.steps,
      epochs: report.epochs,
      seconds: report.seconds,
      stopped: report.stopped,
      best_step: best.step,
      parameters: { trained: sizeOf(weights.trained), frozen: weights.frozen },
      masks: { weights: weights.masks.size, zeros: zerosOf(weights.masks) },
      forms: prepared.forms,
    },
    held_back: heldBack === 0 ? null : { before, after: { loss: best.loss, agreement: best.agreement } },
    evaluated,
    warnings: training.warnings,
    hints: [],
  };
}

async function fileRecord(path: string): Promise<{ path: string; bytes: number }> {
  return { path, bytes: (await stat(path)).size };
}
