import type { StoredBaseline, StoredEnvironment } from './stored-baseline.js';

export interface Differences {
  /** What makes latencies of the two runs another matter altogether: another processor, another runtime. */
  readonly machine: string[];
  /** What a reader should know and can live with. */
  readonly notes: string[];
}

/** A reference load that differs more than this is told. */
const tolerated = 0.03;

/** How the circumstances of a stored run differ from those of this one, one line each. */
export function differencesOf(stored: StoredBaseline, now: StoredEnvironment): Differences {
  const then = stored.environment;
  const machine: string[] = [];
  const notes: string[] = [];
  const compare = (to: string[], what: string, before: Shown, after: Shown): void => {
    const [a, b] = [text(before), text(after)];
    if (a !== b) to.push(`${what}: ${a} then, ${b} now`);
  };
  compare(machine, 'processor', then.cpu.model, now.cpu.model);
  compare(machine, 'architecture', then.os.arch, now.os.arch);
  compare(machine, 'instructions', then.cpu.instructions, now.cpu.instructions);
  compare(notes, 'onnxruntime', then.onnxruntime, now.onnxruntime);
  compare(notes, 'cores', then.cpu.cores, now.cpu.cores);
  compare(notes, 'system', `${then.os.name} ${then.os.release}`, `${now.os.name} ${now.os.release}`);
  const ratio = referenceRatio(stored, now);
  if (ratio !== undefined && Math.abs(ratio - 1) > tolerated) {
    const percent = ((Math.max(ratio, 1 / ratio) - 1) * 100).toFixed(1);
    notes.push(`the machine itself is ${percent}% ${ratio > 1 ? 'slower' : 'faster'} than it was then`);
  }
  return { machine, notes };
}

/** How much slower the fixed reference load runs now; undefined where one of the two was not measured. */
export function referenceRatio(stored: StoredBaseline, now: StoredEnvironment): number | undefined {
  const before = stored.environment.reference?.ms;
  const after = now.reference?.ms;
  return before === undefined || after === undefined ? undefined : after / before;
}

type Shown = string | number | null | readonly string[];

function text(value: Shown): string {
  if (value === null) return 'not known';
  return typeof value === 'object' ? value.join(' ') : String(value);
}
