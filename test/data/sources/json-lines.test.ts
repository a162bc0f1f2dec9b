import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset.js';
import { counting, failure, spec, temporaryFolder } from '../helpers.js';

const folder = temporaryFolder();
const ids = spec('ids', 'int64', ['batch', 'length']);
const text =
  '{"ids": [1, 2], "y": 0}\n\n{"ids": [3, 4, 5], "y": 1}\r\n{"ids": [[6]], "y": 2}\n{"ids": [7], "y": 3}';

describe('JSON lines', () => {
  it.each([
    ['plain', 'a.jsonl', text],
    ['packed', 'b.jsonl.gz', gzipSync(text)],
  ])('reads samples of different lengths, %s', async (_, name, content) => {
    folder.write(name, content);
    const path = folder.write('a.yaml', `source: ${name}\nlabels: y\nsplit: {calibrate: 4, evaluate: 0}\n`);
    const { calibrate } = await openDataset(path, [ids]);
    const samples = await Promise.all(counting(4).map((index) => calibrate.get(index)));
    const found = samples.map(({ id, inputs, label }) => [
      id,
      inputs.get('ids')!.dims,
      inputs.get('ids')!.toBigInts(),
      label,
    ]);
    expect(found.sort((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
      [`${name}:1`, [1, 2], [1n, 2n], 0],
      [`${name}:3`, [1, 3], [3n, 4n, 5n], 1],
      [`${name}:4`, [1, 1], [6n], 2],
      [`${name}:5`, [1, 1], [7n], 3],
    ]);
  });

  it.each([
    ['a missing key', '{"ids": [1]}\n{"id": [1]}', 'b.jsonl:2 has no key "ids" (it has: id)'],
    ['broken JSON', '{"ids": [1]}\n{"ids": [1}', 'b.jsonl:2 is no JSON'],
    ['a list', '{"ids": [1]}\n[1]', 'b.jsonl:2 is no JSON object'],
    ['a fraction', '{"ids": [1]}\n{"ids": [1.5]}', 'b.jsonl:2, key "ids": 1.5 does not fit int64'],
    ['another rank', '{"ids": [1]}\n{"ids": [[[1]]]}', 'sample b.jsonl:2, input "ids": got shape [1, 1, 1]'],
    ['a __proto__ key', '{"ids": [1]}\n{"__proto__": {}, "ids": [1]}', 'b.jsonl:2 has a key "__proto__"'],
  ])('refuses %s', async (_, content, message) => {
    const { calibrate, evaluate } = await openDataset(folder.write('b.jsonl', content), [ids]);
    const error = await failure(Promise.all([calibrate.get(0), evaluate.get(0)]));
    expect(error.code).toBe('data');
    expect(error.message).toContain(message);
  });

  it('refuses a file without samples', async () => {
    expect((await failure(openDataset(folder.write('c.jsonl', '\n\n'), [ids]))).code).toBe('data');
  });
});
