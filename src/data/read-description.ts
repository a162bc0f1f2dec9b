import { readFile, stat } from 'node:fs/promises';
import { isMap, isScalar, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { InferOptError, messageOf, readableReason } from '../errors.js';
import { datasetDescription, inputDescription, type DatasetDescription } from './description.js';
import { nestsTooDeep } from '../yaml-depth.js';
import { largestDescriptionBytes } from './limits.js';

/**
 * Reads and checks a YAML dataset file. Throws `usage` with one line that names the file and the place: bad
 * YAML, an unknown key, a value of the wrong kind, aliases that multiply, a `__proto__` key.
 */
export async function readDescription(path: string): Promise<DatasetDescription> {
  const wrong = (what: string): InferOptError => new InferOptError('usage', `${path}: ${what}`);
  const text = await readText(path, wrong);
  if (nestsTooDeep(text)) throw wrong('nests deeper than a description does');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw wrong(error.message.split('\n')[0]!.replace(/:$/, ''));
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && pair.key.value === '__proto__') throw wrong('a key "__proto__" is refused');
      if (isMap(pair.key)) throw wrong('a mapping cannot be a key');
    },
  });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 });
  } catch (thrown) {
    throw wrong(messageOf(thrown));
  }
  const parsed = datasetDescription.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(describeIssue(parsed.error.issues[0]!, value));
}

async function readText(path: string, wrong: (what: string) => InferOptError): Promise<string> {
  try {
    const status = await stat(path);
    const { size } = status;
    if (!status.isFile() && !status.isDirectory()) throw wrong('is no regular file');
    if (size > largestDescriptionBytes) throw wrong(`a dataset file of ${size} bytes is no description`);
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof InferOptError) throw thrown;
    throw wrong(`cannot be read: ${readableReason(thrown)}`);
  }
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return 'is no mapping with source, inputs, ...';
  }
  const place = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    return `unknown key ${keys}${place === '' ? '' : ` in ${place}`} (known: ${knownKeys(issue.path).join(', ')})`;
  }
  return `${place}: ${issue.message}`;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path[0] === 'inputs') return Object.keys(inputDescription.shape);
  if (path[0] === 'split') return ['calibrate', 'evaluate', 'seed'];
  return Object.keys(datasetDescription.shape);
}
