import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, inferOpt, root } from './run-cli.js';

/** Words of a command that stand for something that is not at hand here, and the exit status that it then ends with. */
const absent: readonly { words: RegExp; status: number; why: string }[] = [
  { words: /--server .*--gate /, status: 1, why: 'no server answers, and a gate hangs on it' },
  { words: /--server /, status: 3, why: 'no server answers at localhost:8000' },
  { words: /^compile .*--target tensorrt/, status: 3, why: 'there is no trtexec' },
];

/** What cannot even be begun, and why. */
const notRun: readonly { words: RegExp; why: string }[] = [
  { words: /model\.engine --data/, why: 'an engine is built on an NVIDIA GPU' },
];

/** What the text leaves to the reader. */
const placeholders: readonly [string, string][] = [['bench ... ', 'bench model.onnx model.int8.onnx ']];

/** Minutes that a reader has become a second, so that a whole document runs in less than half a minute. */
function shortened(words: readonly string[]): string[] {
  const [command = ''] = words;
  const at = words.indexOf('--time');
  const short = at < 0 ? [...words] : [...words.slice(0, at), ...words.slice(at + 2)];
  const timed = ['bench', 'optimize', 'distill'].includes(command);
  const server = words.includes('--server') ? ['--samples', '4'] : [];
  return [...short, ...(timed ? ['--time', '1s'] : []), ...server, '--quiet'];
}

interface Documented {
  readonly text: string;
  readonly words: readonly string[];
  readonly into: string | undefined;
}

/** Blocks between fences that name no language, or one of the shell. */
function fencedBlocks(markdown: string): string[] {
  const blocks: string[][] = [];
  let open: string | undefined;
  for (const line of markdown.split('\n')) {
    const fence = /^ *```(\w*)$/.exec(line)?.[1];
    if (fence === undefined) {
      if (open !== undefined && ['', 'sh', 'console'].includes(open)) blocks.at(-1)!.push(line);
      continue;
    }
    open = open === undefined ? fence : undefined;
    if (open !== undefined) blocks.push([]);
  }
  return blocks.map((lines) => lines.join('\n'));
}

/** The commands in fenced blocks of a Markdown file, in their order; a line that ends with a backslash goes on. */
function commandsOf(markdown: string): Documented[] {
  return fencedBlocks(markdown)
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.trim().replace(/^\$ /, ''))
    .filter((line) => line.startsWith('infer-opt '))
    .map((line) => {
      const plain = placeholders.reduce(
        (text, [from, to]) => text.replace(from, to),
        line.replace(/\s+#.*$/, ''),
      );
      const words = [...plain.matchAll(/'([^']*)'|(\S+)/g)]
        .map(([, quoted, bare]) => quoted ?? bare ?? '')
        .slice(1);
      const at = words.indexOf('>');
      return at < 0
        ? { text: plain, words, into: undefined }
        : { text: plain, words: words.slice(0, at), into: words[at + 1] };
    });
}

const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))]
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, commands: commandsOf(readFileSync(join(root, file), 'utf8')) }))
  .filter(({ commands }) => commands.length > 0);

let prepared = '';
const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'infer-opt-docs-'));
  folders.push(folder);
  return folder;
}

/** A folder with what the documents take as given: a model, its dataset, and what earlier commands of theirs made. */
beforeAll(async () => {
  build();
  prepared = await newFolder();
  const fixture = (name: string): string => join(root, 'fixtures', name);
  await copyFile(fixture('glyphs-resnet.onnx'), join(prepared, 'model.onnx'));
  const dataset = await readFile(fixture('glyphs-resnet.yaml'), 'utf8');
  await writeFile(
    join(prepared, 'dataset.yaml'),
    dataset
      .replaceAll(/\.?\/?data\//g, `${fixture('data')}/`)
      .replace(/^split:.*$/m, 'split: {calibrate: 16, evaluate: 60, seed: 1}'),
  );
  await writeFile(join(prepared, 'gates.yaml'), 'gates:\n  - speedup >= 0.1\n');
  const made = [
    [
      'quantize',
      'model.onnx',
      '-o',
      'model.int8.onnx',
      '--data',
      'dataset.yaml',
      '--no-measure',
      '--mode',
      'static',
    ],
    ['bench', 'model.onnx', 'model.int8.onnx', '--data', 'dataset.yaml', '--time', '1s', '--json'],
    ['compare', 'model.onnx', 'model.int8.onnx', '--data', 'dataset.yaml', '--json'],
  ];
  for (const words of made) {
    const { exitCode, stdout, stderr } = await inferOpt([...words, '--quiet'], { cwd: prepared });
    expect(exitCode, stderr).toBe(0);
    if (words[0] === 'bench')
      for (const name of ['result', 'bench', 'x86', 'arm64'])
        await writeFile(join(prepared, `${name}.json`), stdout);
    if (words[0] === 'compare') await writeFile(join(prepared, 'compare.json'), stdout);
  }
}, 120_000);

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

// It starts a process for each of them, as a reader would: that takes its time.
describe.each(documents)('the commands of $file', ({ commands }) => {
  it('do what they say', { timeout: 180_000 }, async () => {
    const folder = await newFolder();
    for (const name of readdirSync(prepared)) await copyFile(join(prepared, name), join(folder, name));
    for (const { text, words, into } of commands) {
      const line = words.join(' ');
      if (notRun.some((one) => one.words.test(line))) continue;
      const { exitCode, stdout, stderr } = await inferOpt(shortened(words), { cwd: folder });
      const missing = absent.find((one) => one.words.test(line));
      // A gate of an example need not hold for a model of a few kilobytes.
      const fine = missing !== undefined ? [missing.status] : words.includes('--gate') ? [0, 1] : [0];
      expect(fine, `${text}\nexit ${exitCode}\n${stderr}`).toContain(exitCode);
      if (into !== undefined) await writeFile(join(folder, into), stdout);
    }
  });
});

it('finds the commands', () => {
  expect(documents.flatMap(({ commands }) => commands).length).toBeGreaterThan(30);
});
