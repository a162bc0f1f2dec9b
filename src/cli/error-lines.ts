import type { Colors } from './color.js';

/** An error as it stands on stderr: what and where, and what to do. */
export function errorLines(style: Colors, text: string, hint?: string): string[] {
  const lines = [`${style.error('error:')} ${text}`];
  if (hint !== undefined) lines.push(`  ${style.strong('hint:')} ${hint}`);
  return lines;
}
