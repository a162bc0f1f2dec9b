import { InferOptError, messageOf } from '../errors.js';
import { settleElementTypes } from '../ir/element-types.js';
import type { Model } from '../ir/model.js';
import { sortTopologically } from '../ir/order.js';
import { verifyModel } from '../ir/verify.js';
import { NodesByType } from './nodes-by-type.js';
import type { Pass, PassContext, PassReport, RunContext, SkippedPlace } from './pass.js';
import { TypeFacts } from './types/infer-types.js';

export interface PipelineOptions {
  /** Checks the model beforehand and after every pass that changed it; on without. */
  readonly verify?: boolean;
  /** Told after each run of a pass, of which there are as many as it takes until nothing changes. */
  readonly onPass?: (step: PassStep) => void;
  /** Ends after so many runs of a pass that changed something. */
  readonly stopAfter?: number;
}

/** One run of one pass. */
export interface PassStep {
  readonly name: string;
  /** Counted from 1. */
  readonly round: number;
  readonly changes: number;
  readonly milliseconds: number;
}

/** What a pass did over all rounds. */
export interface PassRecord {
  readonly name: string;
  readonly changes: number;
  /** Near misses that were left in the end. */
  readonly skipped: readonly SkippedPlace[];
  /** Nodes added (negative: removed), subgraphs counted in. */
  readonly nodeDelta: number;
  readonly milliseconds: number;
  /** Why the pass never ran on this model. */
  readonly notRun?: string;
}

export interface PipelineReport {
  readonly changes: number;
  readonly rounds: number;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** One record a pass, in the order in which they ran. */
  readonly passes: readonly PassRecord[];
  /** The passes that changed something, once for each run that did, in order. */
  readonly steps: readonly string[];
  /** Why passes that need shapes had to do with the types that the file declares. */
  readonly typesNotInferred?: string;
}

/** Enough for any chain that real models need; a pass that changes something every time would never end. */
const mostRounds = 100;

/**
 * Runs passes in their order, again and again until none changes anything. A pass whose opset range does not
 * hold this model is recorded and left out. Throws `model` when the model is broken to begin with, `internal`
 * with the name of the pass when a pass breaks it or never comes to rest.
 */
export async function runPasses(
  model: Model,
  passes: readonly Pass[],
  context: PassContext,
  options: PipelineOptions = {},
): Promise<PipelineReport> {
  const verify = options.verify ?? true;
  // Runtimes take files whose nodes stand in any order; passes look from producers to readers.
  sortTopologically(model.graph);
  if (verify) verifyModel(model);
  const nodesBefore = countNodes(model);
  const states = passes.map((pass) => new PassState(pass, outsideOpset(pass, model.opset)));
  const typing = new Typing(model, context);
  const nodes = new NodesByType(model);
  const run: RunContext = { ...context, facts: typing.facts, nodes };
  const steps: string[] = [];
  const most = options.stopAfter ?? Infinity;
  let version = 0;
  let round = 0;
  for (let changedInRound = true; changedInRound && steps.length < most;) {
    round += 1;
    changedInRound = false;
    for (const state of states) {
      if (state.notRun !== undefined || steps.length >= most) continue;
      if (needsShapes(state) && typing.update(version, round)) {
        // With more known, passes may find what they did not find before.
        for (const other of states) if (needsShapes(other)) other.quietAt = -1;
      }
      // Nothing has changed since this pass found nothing to do.
      if (state.quietAt === version) continue;
      if (state.pass.roots !== undefined && !nodes.includeOneOf(state.pass.roots)) {
        state.quietAt = version;
        continue;
      }
      if (round > mostRounds) throw restless(states, version);
      const count = countNodes(model);
      const start = performance.now();
      const report = await state.pass.run(model, run);
      const milliseconds = performance.now() - start;
      if (report.changes > 0) {
        version += 1;
        nodes.forget();
        changedInRound = true;
        steps.push(state.pass.name);
        if (verify) verifyAfter(state.pass, model);
      } else {
        state.quietAt = version;
      }
      state.add(report, report.changes > 0 ? countNodes(model) - count : 0, milliseconds);
      options.onPass?.({ name: state.pass.name, round, changes: report.changes, milliseconds });
    }
    // Only what is left when nothing changes any more is worth asking about: folding may have made it plain.
    if (!changedInRound && states.some(needsShapes) && (await typing.ask())) {
      // With types known that were unknown, passes may find what they did not find before.
      for (const state of states) if (needsShapes(state)) state.quietAt = -1;
      changedInRound = true;
    }
  }
  const records = states.map((state) => state.record());
  return {
    changes: records.reduce((sum, record) => sum + record.changes, 0),
    rounds: round,
    nodesBefore,
    nodesAfter: countNodes(model),
    passes: records,
    steps,
    ...(typing.failure === undefined ? {} : { typesNotInferred: typing.failure }),
  };
}

/** All nodes of a model's graphs, subgraphs counted in. */
export function countNodes(model: Model): number {
  let count = 0;
  for (const graph of model.graphs()) count += graph.nodeCount;
  return count;
}

class PassState {
  readonly pass: Pass;
  readonly notRun: string | undefined;
  /** The version of the model at which the pass last changed nothing. */
  quietAt = -1;
  #changes = 0;
  #nodeDelta = 0;
  #milliseconds = 0;
  #skipped: readonly SkippedPlace[] = [];

  constructor(pass: Pass, notRun: string | undefined) {
    this.pass = pass;
    this.notRun = notRun;
  }

  add(report: PassReport, nodeDelta: number, milliseconds: number): void {
    this.#changes += report.changes;
    this.#nodeDelta += nodeDelta;
    this.#milliseconds += milliseconds;
    this.#skipped = report.skipped;
  }

  record(): PassRecord {
    return {
      name: this.pass.name,
      changes: this.#changes,
      skipped: this.#skipped,
      nodeDelta: this.#nodeDelta,
      milliseconds: this.#milliseconds,
      ...(this.notRun === undefined ? {} : { notRun: this.notRun }),
    };
  }
}

/**
 * Brings types up to date before a pass that needs them: once a round, and only when the model has changed.
 * They follow from the operators' rules; for what does not, the context is asked, once.
 */
class Typing {
  readonly facts = new TypeFacts();
  readonly #model: Model;
  readonly #context: PassContext;
  /** Why types could not be inferred. */
  failure: string | undefined;
  #asked = false;
  #incomplete = false;
  #knownAt = -1;
  #round = 0;

  constructor(model: Model, context: PassContext) {
    this.#model = model;
    this.#context = context;
  }

  /** True when facts were gathered anew. */
  update(version: number, round: number): boolean {
    if (this.#knownAt === version || this.#round === round) return false;
    this.#knownAt = version;
    this.#round = round;
    this.#incomplete = this.facts.update(this.#model);
    return true;
  }

  /** Asks about what does not follow from the rules, once; true when there is something new. */
  async ask(): Promise<boolean> {
    const { inferTypes } = this.#context;
    if (!this.#incomplete || this.#asked || inferTypes === undefined) return false;
    this.#asked = true;
    await this.#ask(inferTypes);
    this.facts.update(this.#model);
    return this.failure === undefined;
  }

  async #ask(inferTypes: (model: Model) => Promise<void>): Promise<void> {
    try {
      await inferTypes(this.#model);
    } catch (error) {
      // A model that the runtime does not open can still be simplified, by what it declares itself.
      if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
      this.failure = error.message;
      return;
    }
    settleElementTypes(this.#model);
  }
}

function needsShapes({ pass, notRun }: PassState): boolean {
  return notRun === undefined && pass.needs !== undefined;
}

function outsideOpset(pass: Pass, opset: number): string | undefined {
  const { min, max } = pass.opset ?? {};
  if (min !== undefined && opset < min) return `needs opset ${min} or newer, the model has ${opset}`;
  if (max !== undefined && opset > max) return `knows opsets up to ${max}, the model has ${opset}`;
  return undefined;
}

function verifyAfter(pass: Pass, model: Model): void {
  try {
    verifyModel(model);
  } catch (error) {
    throw new InferOptError('internal', `pass ${pass.name} broke the model: ${messageOf(error)}`, {
      hint: `leave it out with --skip ${pass.name}, and please report it`,
      cause: error,
    });
  }
}

function restless(states: readonly PassState[], version: number): InferOptError {
  const names = states
    .filter((state) => state.notRun === undefined && state.quietAt !== version)
    .map((state) => state.pass.name);
  return new InferOptError('internal', `still changing after ${mostRounds} rounds: ${names.join(', ')}`, {
    hint: 'leave one of them out with --skip, and please report it',
  });
}
