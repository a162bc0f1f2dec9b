import type { Diagnosis } from '../bench/doctor.js';
import { humanBytes } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

/** The diagnosis in words: the machine, then a line for each thing that works, or does not. */
export function doctorText(diagnosis: Diagnosis, style: Style): string {
  const { environment, tool, capabilities } = diagnosis;
  const { cpu } = environment;
  const machine: readonly (readonly [string, string])[] = [
    ['infer-opt', `${tool.version}, Node ${environment.node}, onnxruntime ${environment.onnxruntime}`],
    ['System', `${environment.os.name} ${environment.os.release} (${environment.os.arch})`],
    ['CPU', `${cpu.model}, ${String(cpu.cores)} ${cpu.cores === 1 ? 'core' : 'cores'}`],
    ['Instructions', cpu.instructions === null ? 'unknown on this system' : cpu.instructions.join(' ')],
    ['Memory', humanBytes(environment.memory_bytes)],
    ['Providers', environment.providers.map(providerText).join(', ')],
  ];
  const mark = {
    yes: style.success('yes '),
    limited: style.warning('part'),
    no: style.error('no  '),
    unknown: '?   ',
  };
  const lines = machine.map(([name, text]) => paragraph(name.padEnd(14), text, width));
  lines.push('', 'What works here');
  for (const { name, state, detail } of capabilities) {
    // The mark is put in after wrapping: its colour codes would count as width.
    lines.push(paragraph(`  ????  ${name.padEnd(17)}`, detail, width).replace('????', mark[state]));
  }
  return lines.join('\n');
}

function providerText(provider: { name: string; installed: boolean }): string {
  return provider.installed ? provider.name : `${provider.name} (not installed)`;
}
