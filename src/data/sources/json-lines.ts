import { basename } from 'node:path';
import { InferOptError, messageOf } from '../../errors.js';
import { isFile, readMaybeGzip } from '../files.js';
import { tensorFromJson } from '../json-tensor.js';
import { onePath, type SourceKind } from './source.js';

export const jsonLines: SourceKind = {
  name: 'jsonl',
  summary: 'One JSON object a line (.jsonl, .jsonl.gz): input names with nested arrays; shapes may vary',
  detects: async (location) =>
    /\.jsonl(\.gz)?$/i.test(onePath(location)) && (await isFile(onePath(location))),
  async open(location) {
    const path = onePath(location);
    const bytes = Buffer.from(await readMaybeGzip(path));
    const lines = linesOf(bytes);
    const where = (index: number): string => `${basename(path)}:${lines[index]!.number}`;
    let last: { index: number; object: Record<string, unknown> } | undefined;
    const load = (index: number): Record<string, unknown> => {
      if (last?.index !== index) {
        const { start, end } = lines[index]!;
        last = { index, object: parseObject(bytes.toString('utf8', start, end), where(index)) };
      }
      return last.object;
    };
    return {
      name: basename(path),
      arrays: lines.length === 0 ? [] : Object.keys(load(0)),
      pictures: false,
      files: [{ name: basename(path), path }],
      paths: undefined,
      count: () => Promise.resolve(lines.length),
      id: where,
      // eslint-disable-next-line @typescript-eslint/require-await -- a thrown error must reject like any other read
      async read(index, array, wanted) {
        const object = load(index);
        if (!Object.hasOwn(object, array)) {
          throw new InferOptError(
            'data',
            `${where(index)} has no key "${array}" (it has: ${Object.keys(object).join(', ')})`,
          );
        }
        return tensorFromJson(object[array], wanted, `${where(index)}, key "${array}"`);
      },
    };
  },
};

interface Line {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** Where the lines that are not blank start and end; text stays packed in its buffer until a line is read. */
function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (bytes.subarray(start, end).some((byte) => byte > 0x20)) lines.push({ number, start, end });
    start = end + 1;
  }
  return lines;
}

function parseObject(text: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new InferOptError('data', `${where} is no JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InferOptError('data', `${where} is no JSON object with input names as keys`);
  }
  if (Object.hasOwn(value, '__proto__'))
    throw new InferOptError('data', `${where} has a key "__proto__", which is refused`);
  return value as Record<string, unknown>;
}
