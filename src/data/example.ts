import { layoutOf, pictureSizeOf } from './pixel-plan.js';
import type { InputSpec } from './types.js';

/** A dataset file to start from, for an input that takes pictures: what cannot be known is filled with the usual values. */
export function exampleDescription(source: string, spec: InputSpec): string {
  const layout = layoutOf(spec) ?? 'nchw';
  const [height, width] = pictureSizeOf(spec, layout) ?? [224, 224];
  const size = height === width ? String(height) : `[${height}, ${width}]`;
  const gray = spec.dims?.[layout === 'nchw' ? 1 : 3] === 1;
  const color = gray ? 'gray' : 'rgb';
  const normalized = gray ? 'mean: 0, std: 1' : 'mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]';
  return [
    `source: ${source}`,
    'labels: filename-prefix',
    'inputs:',
    `  ${JSON.stringify(spec.name)}: {resize: ${size}, crop: ${size}, color: ${color}, layout: ${layout}, type: ${spec.dtype}, ` +
      `scale: 0.00392156862745098, ${normalized}}`,
    'task: classification',
  ].join('\n');
}
