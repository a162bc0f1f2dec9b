import type { QuantizeResult } from '../quantize/result.js';
import { humanBytes, humanMilliseconds, humanRatio, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

/** Reasons for nodes left float that are told. */
const leftShown = 6;

const longestName = 40;

/** What quantize did, in words: the artifact, what it costs and gains, and what stayed float. */
export function quantizeText(result: QuantizeResult, style: Style): string {
  const lines: [label: string, text: string][] = [];
  const { output, measured, outputs } = result;
  const what = result.kept_float ? style.warning('float model kept') : style.success(`mode ${result.mode}`);
  lines.push(['written', `${output.path} (${what}, opset ${output.opset})`]);
  lines.push([
    'size',
    `${humanBytes(output.bytes)}, ${humanRatio(output.size_ratio)} of ${humanBytes(result.input.bytes)}`,
  ]);
  if (measured !== null) {
    const times = `${humanMilliseconds(measured.original_ms)} to ${humanMilliseconds(measured.artifact_ms)}`;
    lines.push([
      'speed-up',
      `${humanRatio(measured.speedup)} (${times}, measured in short: see infer-opt bench)`,
    ]);
  }
  if (outputs !== null) {
    const sqnr = outputs.sqnr_db === null ? 'no difference' : `SQNR ${outputs.sqnr_db.toFixed(1)} dB`;
    const distance = `cosine ${outputs.cosine.toFixed(5)}, max error ${outputs.max_abs.toPrecision(3)}`;
    lines.push(['outputs', `${sqnr}, ${distance}, over ${outputs.samples} calibration samples`]);
  }
  if (result.calibration !== null) {
    const { method, samples, dataset } = result.calibration;
    lines.push(['ranges', `${method}, from ${samples} samples of ${dataset}`]);
  }
  lines.push(...mixedLines(result), ...kernelLines(result), ...leftLines(result));
  for (const hint of result.hints) lines.push(['note', hint]);
  return lines.map(([label, text]) => paragraph(label.padEnd(11), text, width)).join('\n');
}

/** What accuracy costs: one line a mixture, then the groups that were lifted. */
function mixedLines({ mixed }: QuantizeResult): [string, string][] {
  if (mixed === null) return [];
  const lifted = mixed.groups.filter((group) => group.lifted);
  const kept = lifted.length === 1 ? '1 group in float' : `${lifted.length} groups in float`;
  const worst = mixed.groups
    .slice(0, leftShown)
    .map(
      ({ node, sqnr_db: sqnr }) => `${shortened(node)} ${sqnr === null ? 'none' : `${sqnr.toFixed(1)} dB`}`,
    );
  return [
    ['goal', `${mixed.goal}: ${mixed.met ? 'met' : 'NOT MET'}, ${mixed.value.toPrecision(4)} with ${kept}`],
    ...(worst.length === 0
      ? []
      : [['', `error of single groups, worst first: ${worst.join(', ')}`] satisfies [string, string]]),
    ...mixed.steps.map((step): [string, string] => {
      const share =
        step.integer_share_of_macs === null
          ? ''
          : `, ${humanShare(step.integer_share_of_macs)} of MACs integer`;
      return ['', `${step.lifted} in float: ${step.value.toPrecision(4)}${share}${step.met ? ', met' : ''}`];
    }),
  ];
}

/** Names that converters have joined from many can be hundreds of characters long. */
function shortened(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, 22)}…${name.slice(-17)}`;
}

function kernelLines({ kernels }: QuantizeResult): [string, string][] {
  if (kernels === null) return [];
  const share =
    kernels.integer_share_of_macs === null
      ? ''
      : `; ${humanShare(kernels.integer_share_of_macs)} of MACs in integers`;
  return [['kernels', `${kernels.integer} integer, ${kernels.float} float${share}`]];
}

/** The plan's reasons first; the runtime's own for what the plan meant to be integer. Equal reasons in one line. */
function leftLines({ left, kernels, kept_float }: QuantizeResult): [string, string][] {
  if (kept_float) return [];
  const planned = new Set(left.map(({ node }) => node));
  const unplanned = (kernels?.left_float ?? []).filter(({ node }) => !planned.has(node));
  const groups = new Map<string, string[]>();
  for (const { node, op, reason } of [
    ...left,
    ...(kernels !== null && kernels.integer > 0 ? unplanned : []),
  ]) {
    const key = `${op}: ${reason}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  const lines = [...groups].slice(0, leftShown).map(([key, nodes]): [string, string] => {
    const others = nodes.length === 1 ? '' : ` and ${nodes.length - 1} more`;
    return ['left float', `${key} (${shortened(nodes[0]!)}${others})`];
  });
  if (groups.size > leftShown) lines.push(['', `and ${groups.size - leftShown} other reasons: see --json`]);
  return lines;
}
