import type { PackagedModel, PackageResult } from '../serve/package-result.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

/** What was packaged, in words: each model, how it is batched, and how to start the server. */
export function packageText(result: PackageResult, style: Style): string {
  const parts = result.models.map((model) => modelText(model, style));
  if (result.manifests.length > 0) parts.push(paragraph('cluster      ', result.manifests.join(', '), width));
  parts.push(paragraph('serve        ', `tritonserver --model-repository=${result.repository}`, width));
  return parts.join('\n\n');
}

function modelText(model: PackagedModel, style: Style): string {
  const lines: [label: string, text: string][] = [
    ['written', `${model.path} (${style.success(`version ${model.version}`)}, ${model.backend})`],
    ['config', `${model.config_path}, ${model.config}`],
    ['batch', batchText(model)],
  ];
  if (model.artifact !== null) {
    lines.push([
      'instances',
      `${model.instances}; settings from ${model.settings_from === 'default' ? 'the defaults (infer-opt plan measures them)' : model.settings_from}`,
    ]);
  }
  if (model.differs.length > 0) {
    lines.push([
      'kept',
      `the configuration that was there; it differs in ${model.differs.join(', ')} (--replace-config writes the new one)`,
    ]);
  }
  return [model.name, ...lines.map(([label, text]) => paragraph(`  ${label.padEnd(11)}`, text, width))].join(
    '\n',
  );
}

function batchText({ max_batch_size: size, window_ms: window, batch }: PackagedModel): string {
  if (size === null) return batch;
  if (size === 0) return `max_batch_size 0: ${batch}`;
  return `up to ${size}${window === null ? '' : `, ${window} ms window`}: ${batch}`;
}
