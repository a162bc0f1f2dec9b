import type { Candidate } from './candidates/candidate.js';
import type { CandidateResult, Measurement } from './result.js';
import { score } from './rank.js';

/** A candidate and how far it has got. */
export class Entry {
  readonly candidate: Candidate;
  readonly command: string;
  sha256: string | undefined;
  /** The file while the search runs; undefined until it is made. */
  file: string | undefined;
  state: CandidateResult['state'] = 'skipped';
  reason: string | null = null;
  firstLook: Measurement | undefined;
  search: Measurement | undefined;
  judged: Measurement | undefined;

  constructor(candidate: Candidate, command: string) {
    this.candidate = candidate;
    this.command = command;
  }

  get name(): string {
    return this.candidate.name;
  }

  /** The best that is known from samples of the search. */
  get known(): Measurement | undefined {
    return this.search ?? this.firstLook;
  }

  /** -Infinity for what cannot win. */
  get score(): number {
    return this.known === undefined ? -Infinity : score(this.known);
  }

  failed(reason: string): void {
    this.state = 'failed';
    this.reason = reason;
  }

  result(path: string | null): CandidateResult {
    return {
      name: this.name,
      family: this.candidate.family,
      state: this.state,
      reason: this.reason,
      path,
      command: this.command,
      sha256: this.sha256 ?? null,
      search: this.known ?? null,
      judged: this.judged ?? null,
    };
  }
}
