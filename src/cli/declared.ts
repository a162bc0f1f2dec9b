import { paragraph } from '../report/paragraph.js';

/** What modes, targets, methods, metrics and the like say of themselves. */
export interface Declared {
  readonly name: string;
  readonly summary: string;
}

/** The names that a flag takes, in the order of the list. */
export function namesOf(list: readonly Declared[]): string[] {
  return list.map(({ name }) => name);
}

/** A section of the help: each name with its summary. */
export function summariesOf(title: string, list: readonly Declared[]): string {
  const width = Math.max(...list.map(({ name }) => name.length));
  const lines = list.map(({ name, summary }) => paragraph(`  ${name.padEnd(width)}  `, summary, 78));
  return `\n${title}:\n${lines.join('\n')}`;
}
