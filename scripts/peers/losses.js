import { artifactOf } from './table.js';

const kinds = [
  ['graph', 'Graphs that stay float32', 'float32'],
  ['float16', '16-bit floats', 'float16'],
  ['integer', '8-bit integers', '8 bits'],
];

/** An artifact that loses more of top-1 is of no use, however fast it is. */
const mostLost = 0.01;

/**
 * For each model and kind the best of ours beside the best of others, and every figure where one of theirs is ahead. A
 * speed-up counts as better only where the two intervals do not touch, a drop where theirs lies wholly below our value.
 * @param {readonly { name: string, made: readonly any[], measured: any }[]} results
 * @param {readonly import('./tools.js').Tool[]} tools
 */
export function summary(results, tools) {
  const lines = ['## The fastest of each kind', '', `Of those that lose at most ${mostLost} of top-1.`, ''];
  const lost = [];
  for (const [kind, title, short] of kinds) {
    lines.push(`${title}:`, '', '| model | infer-opt | others |', '| --- | --- | --- |');
    for (const { name, made, measured } of results) {
      const cells = made
        .filter(({ tool }) => tools.find((one) => one.name === tool)?.kind === kind)
        .map((cell) => ({ ...cell, found: artifactOf(measured, cell) }))
        .filter(({ found }) => found?.versus_baseline?.speedup != null && !(dropOf(found)?.value > mostLost));
      const ours = fastest(cells.filter(isOurs));
      const others = cells.filter((cell) => !isOurs(cell));
      lines.push(`| ${name} | ${inWords(ours)} | ${inWords(fastest(others))} |`);
      if (ours === undefined) continue;
      const found = ahead(ours, others);
      const cost = `${ours.seconds.toFixed(1)} s, ${ours.megabytes.toFixed(0)} MB`;
      if (found.length > 0) lost.push(`- ${name}, ${short} (${ours.tool}, ${cost}): ${found.join('; ')}.`);
    }
    lines.push('');
  }
  return [
    ...lines,
    '## Where others are ahead',
    '',
    'Against the fastest of ours of the same kind, which is named with what it took. `infer-opt quantize` tries several modes',
    'and times them; what one mode alone takes is in the tables below.',
    '',
    ...(lost.length === 0 ? ['Nowhere in this run.'] : lost),
    '',
  ];
}

function isOurs({ tool }) {
  return tool.startsWith('infer-opt');
}

function fastest(cells) {
  return cells.toSorted((a, b) => speedup(b).value - speedup(a).value)[0];
}

function speedup({ found }) {
  return found.versus_baseline.speedup;
}

function dropOf(found) {
  return found.versus_baseline.drop?.top1;
}

function inWords(cell) {
  if (cell === undefined) return 'none';
  const drop = dropOf(cell.found);
  const lost = drop == null ? '' : `, top-1 drop ${drop.value.toFixed(4)}`;
  return `${cell.tool.replace('infer-opt ', '')}: ${speedup(cell).value.toFixed(2)}x${lost}`;
}

/** Each figure in which some are ahead, with all that are. */
function ahead(ours, others) {
  const mine = speedup(ours);
  const drop = dropOf(ours.found);
  const figures = [
    [
      'faster',
      (one) => mine.ci95 && speedup(one).ci95?.[0] > mine.ci95[1],
      (one) => `${speedup(one).value.toFixed(2)}x against ${mine.value.toFixed(2)}x`,
    ],
    [
      'more accurate',
      (one) => drop != null && dropOf(one.found)?.ci95?.[1] < drop.value,
      (one) => `a drop of ${dropOf(one.found).value.toFixed(4)} against ${drop.value.toFixed(4)}`,
    ],
    [
      'smaller',
      (one) => one.bytes < 0.99 * ours.bytes,
      (one) => `${(one.bytes / ours.bytes).toFixed(2)} of our bytes`,
    ],
    ['done sooner', (one) => one.seconds < 0.8 * ours.seconds - 0.5, (one) => `${one.seconds.toFixed(1)} s`],
    ['less memory', (one) => one.megabytes < 0.8 * ours.megabytes, (one) => `${one.megabytes.toFixed(0)} MB`],
  ];
  return figures.flatMap(([word, isAhead, tell]) => {
    const found = others.filter(isAhead).map((one) => `${shortName(one.tool)} ${tell(one)}`);
    return found.length === 0 ? [] : [`**${word}**: ${found.join(', ')}`];
  });
}

function shortName(tool) {
  return tool.replace('onnxruntime ', 'ORT ').replace('onnxconverter-common fp16', 'onnxconverter-common');
}
