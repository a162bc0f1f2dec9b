import type { FuseResult } from '../fuse/result.js';
import { humanBytes, humanMilliseconds, humanRatio } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

/** Operators whose count is told. */
const operatorsShown = 8;

/** What fuse did, in words: nodes and bytes before and after, which pass did what, and the comparison of outputs. */
export function fuseText(result: FuseResult, style: Style, why?: string): string {
  const { input, output } = result;
  const lines: [label: string, text: string][] = [];
  const opset =
    input.opset === output.opset ? `opset ${output.opset}` : `opset ${input.opset} to ${output.opset}`;
  lines.push(['written', `${output.path} (level ${result.level}, ${opset})`]);
  lines.push(['nodes', style.success(`${input.nodes} to ${output.nodes}`)]);
  lines.push(['size', `${humanBytes(input.bytes)} to ${humanBytes(output.bytes)}`]);
  lines.push(...operatorLines(result), ...passLines(result));
  lines.push(['outputs', verifiedText(result, style)]);
  for (const { pass, why: reason } of result.undone)
    lines.push(['left out', style.warning(`${pass}: ${reason}`)]);
  if (result.measured !== null) {
    const { original_ms: before, result_ms: after, speedup } = result.measured;
    const times = `${humanMilliseconds(before)} to ${humanMilliseconds(after)}`;
    lines.push(['speed-up', `${humanRatio(speedup)} (${times}, measured in short: see infer-opt bench)`]);
  }
  if (why !== undefined) lines.push(...whyLines(result, why));
  return lines.map(([label, text]) => paragraph(label.padEnd(11), text, width)).join('\n');
}

function operatorLines({ operators }: FuseResult): [string, string][] {
  const changed = operators.filter(({ before, after }) => before !== after);
  if (changed.length === 0) return [];
  const most = [...changed].sort((a, b) => Math.abs(b.before - b.after) - Math.abs(a.before - a.after));
  const shown = most
    .slice(0, operatorsShown)
    .map(({ operator, before, after }) => `${operator} ${before} to ${after}`);
  const rest = most.length > operatorsShown ? [`${most.length - operatorsShown} others: see --json`] : [];
  return [['operators', [...shown, ...rest].join(', ')]];
}

function passLines({ passes }: FuseResult): [string, string][] {
  const working = passes
    .filter(({ changes }) => changes > 0)
    .map(({ name, changes }) => `${name} ${changes}`);
  return [['passes', working.length === 0 ? 'none found anything to do' : working.join(', ')]];
}

function verifiedText({ verified }: FuseResult, style: Style): string {
  const on = `on ${verified.samples} samples (${verified.dataset})`;
  if (verified.outcome === 'equal') return style.success(`equal, bit by bit, ${on}`);
  if (verified.outcome === 'within-tolerance') return style.success(`equal up to rounding ${on}`);
  return `not compared: ${verified.reason ?? ''}`;
}

/** The near misses at one node, named in full or in part. */
function whyLines({ passes }: FuseResult, node: string): [string, string][] {
  const found = passes.flatMap(({ name, near_misses }) =>
    near_misses
      .filter(({ at }) => at.includes(node))
      .map(({ at, why }): [string, string] => [name, `${at}: ${why}`]),
  );
  return found.length > 0 ? found : [['why', `no pass nearly matched at a node called ${node}`]];
}

export interface ListedLevel {
  readonly name: string;
  readonly summary: string;
  readonly passes: readonly { readonly name: string; readonly summary: string; readonly effect: string }[];
}

/** Every pass, under the first level that has it. */
export function passListText(levels: readonly ListedLevel[], style: Style): string {
  const seen = new Set<string>();
  const lines: string[] = [];
  const column = Math.max(...levels.flatMap(({ passes }) => passes.map(({ name }) => name.length)));
  for (const { name, summary, passes } of levels) {
    lines.push(`${style.success(name)}: ${summary}`);
    for (const pass of passes) {
      if (seen.has(pass.name)) continue;
      seen.add(pass.name);
      lines.push(paragraph(`  ${pass.name.padEnd(column)}  `, pass.summary, width));
    }
  }
  return lines.join('\n');
}
