import { humanBytes, humanCount, humanShare } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Inspection } from '../jobs/inspect.js';

const width = 78;
const operatorsShown = 12;
const reasonsShown = 4;

/** An inspection in words. */
export function inspectText(inspection: Inspection): string {
  const lines: [label: string, text: string][] = [
    ['model', `${inspection.path}, ${humanBytes(inspection.bytes)}`],
    ['format', formatText(inspection)],
    ...inspection.inputs.map(({ name, type }): [string, string] => ['input', `${name}: ${type}`]),
    ...inspection.outputs.map(({ name, type }): [string, string] => ['output', `${name}: ${type}`]),
    ['nodes', `${inspection.nodes}: ${operatorsText(inspection.operators)}`],
    [
      'weights',
      `${humanCount(inspection.parameters)} parameters, ${humanShare(inspection.zeros.share)} zeros${inspection.zeros.pattern['2:4'] ? ', in the 2:4 pattern' : ''}`,
    ],
    [
      'MACs',
      inspection.macs === null ? 'not known' : `${humanCount(inspection.macs)}${assumptions(inspection)}`,
    ],
    ...whatIfLines(inspection),
  ];
  return lines.map(([label, text]) => paragraph(label.padEnd(9), text, width)).join('\n');
}

function formatText({ opsets, ir_version, producer }: Inspection): string {
  const sets = Object.entries(opsets).map(([domain, version]) => `${domain} ${version}`);
  return `${sets.join(', ')}, IR ${ir_version}${producer === '' ? '' : `, by ${producer}`}`;
}

function operatorsText(operators: Readonly<Record<string, number>>): string {
  const entries = Object.entries(operators);
  const shown = entries.slice(0, operatorsShown).map(([name, count]) => `${name} ${count}`);
  const rest = entries.length - operatorsShown;
  return `${shown.join(', ')}${rest > 0 ? `, ${rest} other operators` : ''}`;
}

function assumptions({ assumed, inputs }: Inspection): string {
  const free = inputs.filter(({ type }) => /[[,](?!\d+[,\]])[^\]]/.test(type));
  return free.length === 0
    ? ''
    : ` with ${free.map(({ name }) => `${name} of [${assumed[name]?.join(', ') ?? ''}]`).join(', ')}`;
}

function whatIfLines({ what_if }: Inspection): [string, string][] {
  if (what_if === null) return [];
  const lines: [string, string][] = [];
  for (const mode of ['static', 'dynamic'] as const) {
    const { integer_share_of_macs: share, left } = what_if[mode];
    lines.push([
      'INT8',
      `${mode}: ${humanShare(share)} of the MACs would run in integers on ${what_if.target}`,
    ]);
    if (share === 0) continue;
    const reasons = new Map<string, number>();
    for (const { op, reason } of left)
      reasons.set(`${op}: ${reason}`, (reasons.get(`${op}: ${reason}`) ?? 0) + 1);
    for (const [reason, count] of [...reasons].slice(0, reasonsShown)) {
      lines.push(['', `  ${count === 1 ? '' : `${count} `}${reason}`]);
    }
  }
  return lines;
}
