import type { OutputStream } from './process.js';

/** Text styles by what they mean; each is the identity where a stream takes no colour. */
export interface Colors {
  readonly enabled: boolean;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly success: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

/**
 * Whether a stream takes colour: FORCE_COLOR decides first, then NO_COLOR (any text but the empty one, as
 * no-color.org has it), then TERM=dumb, then whether it is a terminal.
 */
export function takesColor(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.TERM === 'dumb') return false;
  return stream.isTTY === true;
}

/** The styles for a stream that takes colour or does not. */
export function colors(enabled: boolean): Colors {
  const style = (on: number, off: number) => (text: string) =>
    enabled && text !== '' ? `\u001B[${String(on)}m${text}\u001B[${String(off)}m` : text;
  return {
    enabled,
    error: style(31, 39),
    warning: style(33, 39),
    success: style(32, 39),
    faint: style(2, 22),
    strong: style(1, 22),
  };
}
