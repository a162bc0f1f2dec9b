import type { DistillResult } from '../distill/result.js';
import { humanBytes, humanCount, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

const endings: Readonly<Record<DistillResult['training']['stopped'], string>> = {
  finished: 'finished',
  patience: 'ended early: nothing became better',
  interrupted: 'interrupted: the best weights so far were written',
  'not-finite': 'stopped at numbers that are not finite',
};

/** What distill did, in words: the artifact, what was trained how, and how like the teacher it became. */
export function distillText(result: DistillResult, style: Style): string {
  const { output, data, training, held_back: held, evaluated } = result;
  const lines: [label: string, text: string][] = [];
  lines.push([
    'written',
    `${output.path} (${humanBytes(output.bytes)}; teacher ${humanBytes(result.teacher.bytes)})`,
  ]);
  const perStep =
    training.steps === 0 ? '' : `, ${((1000 * training.seconds) / training.steps).toFixed(0)} ms a step`;
  const ending = endings[training.stopped];
  lines.push([
    'training',
    `${training.stopped === 'finished' ? ending : style.warning(ending)}: ${humanCount(training.steps)} steps of ${training.batch} samples ` +
      `(${training.epochs.toFixed(1)} epochs) in ${training.seconds.toFixed(0)} s${perStep}; best at step ${training.best_step}`,
  ]);
  const losses = [...new Set(training.loss.map(({ name }) => name))].join(', ');
  const augmented =
    training.augmentations.length === 0 ? 'no augmentation' : training.augmentations.join(', ');
  lines.push([
    'settings',
    `loss ${losses} over ${training.loss.length} values at temperature ${training.temperature}, ${training.optimizer} at ${training.rate}, ${augmented}`,
  ]);
  const { parameters, masks } = training;
  const frozen = parameters.frozen === 0 ? '' : `, ${humanCount(parameters.frozen)} frozen`;
  const kept =
    masks.weights === 0 ? '' : `; ${humanCount(masks.zeros)} zeros of ${masks.weights} pruned weights stay`;
  const rounding = training.rounding === null ? '' : `; rounded to ${training.rounding} in every channel`;
  lines.push(['weights', `${humanCount(parameters.trained)} trained${frozen}${kept}${rounding}`]);
  const split = training.parts === 1 ? '' : `, a batch in ${training.parts} parts`;
  lines.push(['memory', `${humanBytes(training.memory_bytes)} for the values of a step${split}`]);
  lines.push([
    'data',
    `${data.name}: ${data.learned} samples learned from, ${data.held_back} held back, ${data.evaluated} evaluated`,
  ]);
  if (held !== null) {
    const agreement =
      held.after.agreement === null
        ? ''
        : `; agreement ${shares(held.before.agreement, held.after.agreement)}`;
    lines.push([
      'held back',
      `loss ${held.before.loss.toPrecision(3)} to ${held.after.loss.toPrecision(3)}${agreement}`,
    ]);
  }
  if (evaluated !== null) {
    const { top1, agreement, loss } = evaluated;
    const like =
      agreement === null
        ? `loss ${loss.before.toPrecision(3)} to ${loss.after.toPrecision(3)}`
        : `agreement ${shares(agreement.before, agreement.after)}`;
    const right =
      top1 === null ? '' : `; top-1 ${shares(top1.before, top1.after)}, teacher ${humanShare(top1.teacher)}`;
    lines.push(['evaluated', `${like}${right}, over ${evaluated.samples} samples`]);
  }
  for (const hint of result.hints) lines.push(['note', hint]);
  return lines.map(([label, text]) => paragraph(label.padEnd(11), text, width)).join('\n');
}

function shares(before: number | null, after: number): string {
  return before === null ? humanShare(after) : `${humanShare(before)} to ${humanShare(after)}`;
}
