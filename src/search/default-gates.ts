import type { Gate } from '../gates/gate.js';
import { parseGate } from '../gates/parse.js';

/** What an artifact may lose where nobody said it. */
export function defaultGates(labelled: boolean, task: string | undefined): Gate[] {
  const classifies = labelled && (task ?? 'classification') === 'classification';
  return [parseGate(classifies ? 'top1.drop <= 0.01' : 'cosine >= 0.99')];
}
