import { existsSync, readFileSync } from 'node:fs';
import { limits, peerVersions } from './make.js';
import { summary } from './losses.js';
import { modelTable } from './table.js';

/**
 * The whole page, as Markdown.
 * @param {readonly { one: import('./models.js').PeerModel, made: readonly any[], measured: any }[]} results
 * @param {readonly import('./tools.js').Tool[]} tools
 */
export function page(results, tools) {
  const named = results.map(({ one, made, measured }) => ({ name: one.name, made, measured }));
  return [
    ...header(results),
    '',
    ...summary(named, tools),
    ...results.flatMap(({ one, made, measured }) => [...modelTable(one, made, measured), '']),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function header(results) {
  const dates = results.flatMap(({ made }) => made.map(({ date }) => date.slice(0, 10))).sort();
  const file = '/proc/cpuinfo';
  const cpu = existsSync(file)
    ? (/model name\s*:\s*(.*)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 'an unknown processor')
    : 'an unknown processor';
  const when = dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`;
  const versions = peerVersions()
    .map((found) =>
      Object.entries(found)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    )
    .join('; in an environment of its own ');
  return [
    '# Beside other tools',
    '',
    `Written by \`npm run compare-peers\` from what was measured on ${when}: ${cpu}, one thread, Node ${process.versions.node}.`,
    `In Python: ${versions}.`,
    '',
    'How it was measured:',
    '',
    '- Each tool runs in a process of its own, with its defaults; the quantizers of others per channel with unsigned 8-bit',
    '  activations and signed 8-bit weights, on a model brought to opset 17 and prepared by the tool itself where it can.',
    '- Quantizers see the same samples: 100 (magika 26), or 32 made-up ones for the generated shapes.',
    `- A tool may take ${limits.seconds} s and ${limits.megabytes / 1000} GB for one model. Seconds are those of the whole process for ours, and`,
    '  without the start of Python and its imports for others; memory is the most that a process and its children had.',
    '- Speed-ups are ratios of median latencies in onnxruntime at batch size 1, all artifacts of a model in turns in one',
    '  `infer-opt bench`, and drops of top-1 are fractions on the same labelled samples; both with 95% intervals, and a',
    '  drop below 0 is a gain. `infer-opt quantize` without a mode may keep the float model where nothing pays.',
    '- Olive is not in the table: its package for ONNX models draws in PyTorch with CUDA (several GB), and its 8-bit pass',
    '  calls the quantizer of onnxruntime, which is. Neural Compressor is there with 2.6, the last release of the line that',
    '  takes ONNX models as a matter of course, and with the packages of its time.',
    '- Seconds are as the clock had them, whatever else the machine did meanwhile; ratios come from interleaved runs, which',
    '  that disturbs alike.',
  ];
}
