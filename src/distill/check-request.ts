import { InferOptError } from '../errors.js';
import { namedAugmentations } from './choose-augmentations.js';
import { fakeQuantizationNamed } from './fake-quantization/list.js';
import { lossNamed } from './losses/list.js';
import { optimizerNamed } from './optimizers/list.js';
import type { DistillRequest } from './request.js';

/** Says what is missing, or no name of anything, before models are read. Throws `usage`. */
export function checkRequest(request: DistillRequest): void {
  if (request.timeMs === undefined && request.epochs === undefined) {
    throw new InferOptError('usage', 'nothing says how long to train', {
      hint: 'give --time 10m or --epochs 50',
    });
  }
  if (request.data === undefined) {
    throw new InferOptError('usage', 'there is nothing to learn from', {
      hint: 'give --data DATASET: samples like those that the model will see; labels are not needed',
    });
  }
  const { loss = 'auto', optimizer, augment = 'auto', round, labelWeight = 0 } = request;
  const mixing = augment === 'auto' ? undefined : namedAugmentations(augment).find(({ mixes }) => mixes);
  if (labelWeight > 0 && mixing !== undefined) {
    throw new InferOptError('usage', `--augment ${mixing.name} makes samples that no label fits`, {
      hint: 'leave out --label-weight, or name other augmentations',
    });
  }
  if (loss !== 'auto') lossNamed(loss);
  if (optimizer !== undefined) optimizerNamed(optimizer);
  if (round !== undefined) fakeQuantizationNamed(round);
  if (augment !== 'auto') namedAugmentations(augment);
}
