import { describe, expect, it } from 'vitest';
import { readDescription } from '../../src/data/read-description.js';
import { failure, temporaryFolder } from './helpers.js';

const folder = temporaryFolder();

describe('readDescription', () => {
  it('reads every field', async () => {
    const path = folder.write(
      'whole.yaml',
      `source: {images: a.gz, labels: b.gz}
labels: labels
inputs:
  "0": {array: images, array_layout: hw, resize: [32, 48], crop: 28, color: gray, layout: nchw, type: float32, scale: 0.5, mean: 1, std: [2]}
state: {next: state}
split: {calibrate: 3, evaluate: 4, seed: 5}
task: classification
`,
    );
    expect(await readDescription(path)).toEqual({
      source: { images: 'a.gz', labels: 'b.gz' },
      labels: 'labels',
      inputs: {
        '0': {
          array: 'images',
          array_layout: 'hw',
          resize: [32, 48],
          crop: 28,
          color: 'gray',
          layout: 'nchw',
          type: 'float32',
          scale: 0.5,
          mean: 1,
          std: [2],
        },
      },
      state: { next: 'state' },
      split: { calibrate: 3, evaluate: 4, seed: 5 },
      task: 'classification',
    });
  });

  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [one, two] of ['ab', 'bc', 'cd', 'de', 'ef'])
    bomb.push(`${two!}: &${two!} [${Array(10).fill(`*${one!}`).join(', ')}]`);

  it.each([
    [
      'an unknown key',
      'source: a.npz\nlabel: y',
      'unknown key "label" (known: source, labels, inputs, state, split, task)',
    ],
    [
      'an unknown key of an input',
      'source: a\ninputs: {x: {resise: 3}}',
      'unknown key "resise" in inputs.x (known: array, ',
    ],
    [
      'an unknown key of the split',
      'source: a\nsplit: {test: 3}',
      'unknown key "test" in split (known: calibrate, evaluate, seed)',
    ],
    ['no source', 'labels: y', 'source: '],
    ['a layout that is none', 'source: a\ninputs: {x: {layout: hwcn}}', 'inputs.x.layout: '],
    ['a negative split', 'source: a\nsplit: {calibrate: -1}', 'split.calibrate: '],
    ['a list', '- a\n- b', 'is no mapping'],
    ['text', 'hello', 'is no mapping'],
    ['an empty file', '', 'is no mapping'],
    ['broken YAML', 'source: [a', 'at line 1'],
    ['a key twice', 'source: a\nsource: b', 'unique'],
    ['a __proto__ key', 'source: a\ninputs: {__proto__: {layout: nchw}}', 'a key "__proto__" is refused'],
    ['aliases that multiply', bomb.join('\n'), 'alias'],
  ])('refuses %s', async (_, text, message) => {
    const path = folder.write('wrong.yaml', text);
    const error = await failure(readDescription(path));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(path);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });

  it('refuses a file that is absent or far too large', async () => {
    expect((await failure(readDescription('/nowhere/a.yaml'))).message).toContain('cannot be read');
    const large = folder.write('large.yaml', '#'.repeat(2 ** 20 + 1));
    expect((await failure(readDescription(large))).message).toContain('is no description');
  });
});
