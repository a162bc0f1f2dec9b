import { readFile } from 'node:fs/promises';
import { InferOptError, messageOf } from '../../errors.js';
import type { ModelConfig } from './model-config.js';
import { parseTextFormat, type ParsedMessage, type ParsedValue } from './parse-text-format.js';
import { isEnumName, writeTextFormat } from './text-format.js';

/** How a configuration that is there compares with the one that a new version would have. */
export interface ConfigDifference {
  /** Why the new version cannot live under the configuration that is there; undefined when it can. */
  readonly conflict: string | undefined;
  /** Fields that differ in a way that both may live with. */
  readonly settings: readonly string[];
}

/** Reads the configuration of a model; undefined when there is none. Throws `usage` when it cannot be read. */
export async function readConfig(path: string): Promise<ParsedMessage | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InferOptError('usage', `cannot read ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
  try {
    return parseTextFormat(text);
  } catch (thrown) {
    if (!(thrown instanceof InferOptError)) throw thrown;
    throw new InferOptError('usage', `${path}: ${thrown.message}`, {
      hint: 'mend it, or give another --name',
      cause: thrown,
    });
  }
}

/** Compares what is there with what is wanted: inputs, outputs and engine must agree, settings need not. */
export function compareConfigs(present: ParsedMessage, wanted: ModelConfig): ConfigDifference {
  const other = parseTextFormat(writeTextFormat(wanted));
  const settings = new Set([...present.keys(), ...other.keys()]);
  for (const field of ['name', 'backend', 'platform', 'default_model_filename']) settings.delete(field);
  let conflict: string | undefined;
  if (engineOf(present) !== engineOf(other)) {
    conflict = `it is served by ${engineOf(present)}, the new version by ${engineOf(other)}`;
  }
  for (const field of ['input', 'output'] as const) {
    settings.delete(field);
    // Without them the server reads them from the model.
    if (!present.has(field) || !other.has(field)) continue;
    const before = tensorsOf(present, field);
    const after = tensorsOf(other, field);
    if (before.join() === after.join()) continue;
    conflict ??= `its ${field}s are ${before.join(', ')}, those of the new version ${after.join(', ')}`;
  }
  return {
    conflict,
    settings: [...settings].filter((field) => canonical(present.get(field)) !== canonical(other.get(field))),
  };
}

function engineOf(config: ParsedMessage): string {
  const backend = text(config, 'backend');
  if (backend !== '') return backend;
  return text(config, 'platform').replace(/_(onnx|plan)$/, '');
}

/** `name TYPE[dims]` of each tensor, sorted, with the batch among the dims. */
function tensorsOf(config: ParsedMessage, field: 'input' | 'output'): string[] {
  const batched = Number(config.get('max_batch_size')?.[0] ?? 0) > 0;
  return (config.get(field) ?? [])
    .filter((value): value is ParsedMessage => value instanceof Map)
    .map((tensor) => {
      const reshape = tensor.get('reshape')?.[0];
      const dims = reshape instanceof Map ? (reshape.get('shape') ?? []) : (tensor.get('dims') ?? []);
      const type = tensor.get('data_type')?.[0];
      const typeText = type !== undefined && isEnum(type) ? type.enum : '?';
      return `${text(tensor, 'name')} ${typeText}[${[...(batched ? [-1] : []), ...dims.filter((dim) => typeof dim === 'number')].join(',')}]`;
    })
    .sort();
}

function text(message: ParsedMessage, field: string): string {
  const value = message.get(field)?.[0];
  return typeof value === 'string' ? value : '';
}

function isEnum(value: ParsedValue): value is { enum: string } {
  return !(value instanceof Map) && isEnumName(value);
}

/** The same text for the same content, whatever the order of the fields. */
function canonical(values: readonly ParsedValue[] | undefined): string {
  return (values ?? [])
    .map((value) => {
      if (!(value instanceof Map)) return JSON.stringify(value);
      const fields = [...value].map(([name, inner]) => `${name}:${canonical(inner)}`);
      return `{${fields.sort().join(' ')}}`;
    })
    .join(',');
}
