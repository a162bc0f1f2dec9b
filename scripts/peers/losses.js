import { artifactOf } from './table.js';

const kinds = [
  ['graph', 'Graphs that stay float32'],
  ['float16', '16-bit floats'],
  ['integer', '8-bit integers'],
];

/**
 * For each model and kind the best of ours beside the best of others, and every figure where one of theirs is ahead. A
 * speed-up counts as better only where the two intervals do not touch, a drop where theirs lies wholly below our value.
 * @param {readonly { name: string, made: readonly any[], measured: any }[]} results
 * @param {readonly import('./tools.js').Tool[]} tools
 */
export function summary(results, tools) {
  const lines = ['## The fastest of each kind', ''];
  const lost = [];
  for (const [kind, title] of kinds) {
    lines.push(`${title}:`, '', '| model | infer-opt | others |', '| --- | --- | --- |');
    for (const { name, made, measured } of results) {
      const cells = made
        .filter(({ tool }) => tools.find((one) => one.name === tool)?.kind === kind)
        .map((cell) => ({ ...cell, found: artifactOf(measured, cell) }));
      const good = cells.filter(({ found }) => found?.versus_baseline?.speedup != null);
      const ours = fastest(good.filter(({ tool }) => tool.startsWith('infer-opt')));
      const others = good.filter(({ tool }) => !tool.startsWith('infer-opt'));
      lines.push(`| ${name} | ${inWords(ours)} | ${inWords(fastest(others))} |`);
      if (ours !== undefined) lost.push(...others.flatMap((other) => ahead(name, ours, other)));
    }
    lines.push('');
  }
  const text = lost.length === 0 ? ['Nowhere in this run.'] : lost;
  return [
    ...lines,
    '## Where others are ahead',
    '',
    'Against the fastest of ours of the same kind:',
    '',
    ...text,
    '',
  ];
}

function fastest(cells) {
  return cells.toSorted((a, b) => speedup(b).value - speedup(a).value)[0];
}

function speedup({ found }) {
  return found.versus_baseline.speedup;
}

function inWords(cell) {
  if (cell === undefined) return 'none works';
  const drop = cell.found.versus_baseline.drop?.top1;
  const lost = drop == null ? '' : `, top-1 drop ${drop.value.toFixed(4)}`;
  return `${cell.tool.replace('infer-opt ', '')}: ${speedup(cell).value.toFixed(2)}x${lost}`;
}

function ahead(model, ours, other) {
  const found = [];
  const [mine, theirs] = [speedup(ours), speedup(other)];
  if (mine.ci95 && theirs.ci95 && theirs.ci95[0] > mine.ci95[1])
    found.push(`faster, ${theirs.value.toFixed(2)}x against ${mine.value.toFixed(2)}x`);
  const [my, their] = [ours, other].map((cell) => cell.found.versus_baseline.drop?.top1);
  if (my && their?.ci95 && their.ci95[1] < my.value)
    found.push(`more accurate, a drop of ${their.value.toFixed(4)} against ${my.value.toFixed(4)}`);
  if (other.bytes < 0.99 * ours.bytes)
    found.push(`smaller, ${(other.bytes / ours.bytes).toFixed(2)} of our bytes`);
  if (other.seconds < 0.8 * ours.seconds - 0.5)
    found.push(`done sooner, ${other.seconds.toFixed(1)} s against ${ours.seconds.toFixed(1)} s`);
  if (other.megabytes < 0.8 * ours.megabytes)
    found.push(`less memory, ${other.megabytes.toFixed(0)} MB against ${ours.megabytes.toFixed(0)} MB`);
  return found.length === 0 ? [] : [`- ${model}, ${other.tool} (against ${ours.tool}): ${found.join('; ')}`];
}
