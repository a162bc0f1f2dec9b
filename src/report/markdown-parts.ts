/** Signs of verdicts that GitHub shows in colour. */
export const marks = { pass: '✅', fail: '❌', inconclusive: '⚠️', 'not-measured': '❌' } as const;

/** A table; its cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text that stays text: no markup, no cell borders, no mentions. */
export function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+!|~$]/g, (character) => `\\${character}`)
    .replace(/[&<>@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A block of code that no content can end. */
export function code(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.replace(/[\r\n]+/g, ' ')}\n${fence}`;
}
