import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readModel } from '../../src/onnx/read.js';
import { encodeModel } from '../../src/onnx/write.js';
import { quantizeModel, type QuantizeRequest } from '../../src/quantize/quantize.js';
import { buildModel, randomTensor } from '../support/build.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ranges-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);
const original = at('model.onnx');
writeFileSync(
  original,
  encodeModel(
    buildModel(17, (g) => {
      const conv = (name: string, seed: number, inputs: Parameters<typeof g.node>[1]) =>
        g.node(
          'Conv',
          [...inputs, g.constant(`${name}_w`, randomTensor([8, 8, 3, 3], seed, 0.3))],
          {},
          { name },
        );
      const first = g.node(
        'Relu',
        [conv('first', 3, [g.input('x', 'float32[1,8,12,12]')])],
        {},
        { name: 'relu' },
      );
      g.output(conv('second', 4, [first]), 'y', 'float32');
    }),
  ),
);

const run = (output: string, more: Partial<QuantizeRequest>) =>
  quantizeModel({
    model: original,
    output: at(output),
    mode: 'static',
    measure: false,
    dataset: { samples: 4 },
    ...more,
  });

/** The scale of the QuantizeLinear that a value goes through. */
async function scaleOf(file: string, value: string): Promise<number> {
  const { graph } = await readModel(at(file));
  const node = [...graph.nodes()].find(
    ({ opType, inputs }) => opType === 'QuantizeLinear' && inputs[0]?.name === value,
  );
  return node!.inputs[1]!.constant!.toNumbers()[0]!;
}

const valuesIn = (file: string): Record<string, { low: number; high: number }> =>
  (JSON.parse(readFileSync(at(file), 'utf8')) as { values: Record<string, { low: number; high: number }> })
    .values;

it('ranges that were written give the same artifact, whatever the samples', async () => {
  await run('a.onnx', { saveRanges: at('a.json') });
  await run('b.onnx', { ranges: at('a.json'), saveRanges: at('b.json') });
  expect(readFileSync(at('b.onnx')).equals(readFileSync(at('a.onnx')))).toBe(true);
  expect(readFileSync(at('b.json'), 'utf8')).toBe(readFileSync(at('a.json'), 'utf8'));
  const other = await run('c.onnx', { ranges: at('a.json'), dataset: { samples: 4, seed: 9 } });
  const names = Object.keys(valuesIn('a.json'));
  expect(names).toHaveLength(3);
  // The last is an output of the model, whose name went over to what is dequantized.
  for (const name of names.slice(0, 2))
    expect(await scaleOf('c.onnx', name)).toBe(await scaleOf('a.onnx', name));
  expect(other.warnings.filter((text) => text.includes('range of'))).toEqual([]);
});

it('a file may name a single value, and the rest is chosen', async () => {
  const [, inner] = Object.keys(valuesIn('a.json'));
  const values = { [inner!]: { low: 0, high: 51 }, nobody: { low: -1, high: 1 } };
  writeFileSync(at('one.json'), JSON.stringify({ schema: 'infer-opt/ranges@1', values }));
  const { warnings } = await run('d.onnx', { ranges: at('one.json'), equalize: false });
  expect(await scaleOf('d.onnx', inner!)).toBe(Math.fround(51 / 255));
  expect(await scaleOf('d.onnx', 'x')).toBe(await scaleOf('a.onnx', 'x'));
  expect(warnings).toContainEqual(expect.stringMatching(/^the range of nobody is used for nothing/));
});

it.each([
  ['{', /holds no ranges/],
  [
    '{"schema": "infer-opt/ranges@1", "values": {"x": {"low": 2, "high": 1}}}',
    /values\.x: low is above high/,
  ],
  ['{"schema": "other", "values": {}}', /schema/],
])('%s is refused before anything is done', async (text, message) => {
  writeFileSync(at('bad.json'), text);
  await expect(run('never.onnx', { ranges: at('bad.json') })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message) as string,
  });
});
