import { describe, expect, it } from 'vitest';
import { InferOptError } from '../../src/errors.js';
import type { Model } from '../../src/ir/model.js';
import type { Pass, PassContext } from '../../src/passes/pass.js';
import { countNodes, runPasses } from '../../src/passes/pipeline.js';
import { buildModel, operators } from '../support/build.js';

const context: PassContext = { evaluate: () => Promise.resolve(new Map()), constantBudget: 0 };

/** Three Abs in a row. */
function chain(): Model {
  return buildModel(13, (g) => {
    let value = g.input('x', 'float32[2]');
    for (let i = 0; i < 3; i++) value = g.node('Abs', [value]);
    g.output(value, 'y');
  });
}

/** The same behind an operator that no rule knows. */
function foreign(): Model {
  return buildModel(13, (g) => {
    let value = g.node('Strange', [g.input('x', 'float32[2]')], {}, { domain: 'com.example' });
    for (let i = 0; i < 3; i++) value = g.node('Abs', [value]);
    g.output(value, 'y');
  });
}

/** Renames the first node of one operator at a time, so that it takes as many rounds as there are. */
function step(from: string, to: string): Pass {
  return {
    name: `${from}-to-${to}`.toLowerCase(),
    summary: '',
    effect: 'exact',
    run(model) {
      const node = [...model.graph.nodes()].find((candidate) => candidate.is(from));
      if (node !== undefined) node.opType = to;
      return { changes: node === undefined ? 0 : 1, skipped: [{ at: 'here', why: 'not yet' }] };
    },
  };
}

describe('runPasses', () => {
  it('repeats until nothing changes, in order, and counts what each pass did', async () => {
    const model = chain();
    const order: string[] = [];
    const report = await runPasses(model, [step('Neg', 'Relu'), step('Abs', 'Neg')], context, {
      onPass: ({ name, round, changes }) => order.push(`${round} ${name} ${changes}`),
    });
    expect(operators(model)).toEqual(['Relu', 'Relu', 'Relu']);
    expect(order).toEqual([
      '1 neg-to-relu 0',
      '1 abs-to-neg 1',
      '2 neg-to-relu 1',
      '2 abs-to-neg 1',
      '3 neg-to-relu 1',
      '3 abs-to-neg 1',
      '4 neg-to-relu 1',
      '4 abs-to-neg 0',
      '5 neg-to-relu 0',
    ]);
    expect(report.changes).toBe(6);
    expect(report.passes.map(({ name, changes, nodeDelta }) => [name, changes, nodeDelta])).toEqual([
      ['neg-to-relu', 3, 0],
      ['abs-to-neg', 3, 0],
    ]);
    // Of the last run, not of every one.
    expect(report.passes[0]!.skipped).toHaveLength(1);
  });

  it('records node deltas with bodies counted in', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      const condition = g.input('condition', 'bool[]');
      const then_branch = g.body('then', (inner) => inner.output(inner.node('Abs', [x])));
      const else_branch = g.body('else', (inner) => inner.output(inner.node('Neg', [x])));
      g.node('If', [condition], { then_branch, else_branch });
      g.output(g.node('Abs', [x]), 'y');
    });
    expect(countNodes(model)).toBe(4);
    const dropIf: Pass = {
      name: 'drop-if',
      summary: '',
      effect: 'exact',
      run({ graph }) {
        const found = [...graph.nodes()].filter((node) => node.is('If'));
        graph.remove(...found);
        return { changes: found.length, skipped: [] };
      },
    };
    const report = await runPasses(model, [dropIf], context);
    expect(report.passes[0]!.nodeDelta).toBe(-3);
    expect([report.nodesBefore, report.nodesAfter]).toEqual([4, 1]);
  });

  it('leaves out a pass whose opsets do not hold the model, and says so', async () => {
    const model = chain();
    const newer: Pass = { ...step('Abs', 'Neg'), opset: { min: 14 } };
    const older: Pass = { ...step('Abs', 'Neg'), opset: { max: 12 } };
    const report = await runPasses(model, [newer, older], context);
    expect(report.changes).toBe(0);
    expect(report.passes.map(({ notRun }) => notRun)).toEqual([
      'needs opset 14 or newer, the model has 13',
      'knows opsets up to 12, the model has 13',
    ]);
  });

  it('names the pass that breaks the model', async () => {
    const breaking: Pass = {
      ...step('Abs', 'Neg'),
      name: 'breaking',
      run({ graph }) {
        graph.addNode('Abs', [graph.newValue('ghost')]);
        return { changes: 1, skipped: [] };
      },
    };
    await expect(runPasses(chain(), [breaking], context)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/^pass breaking broke the model: .*ghost/) as string,
    });
  });

  it('names the passes that never come to rest', async () => {
    await expect(runPasses(chain(), [step('Abs', 'Neg'), step('Neg', 'Abs')], context)).rejects.toMatchObject(
      {
        code: 'internal',
        message: expect.stringMatching(/abs-to-neg, neg-to-abs/) as string,
      },
    );
  });

  it('refuses a model that is broken to begin with, and sorts one that only stands in another order', async () => {
    const broken = chain();
    broken.graph.addNode('Abs', [broken.graph.declare('ghost')]);
    await expect(runPasses(broken, [], context)).rejects.toMatchObject({ code: 'model' });
    const unsorted = chain();
    for (const node of [...unsorted.graph.nodesReversed()]) unsorted.graph.moveBefore(node, undefined);
    await runPasses(unsorted, [], context);
  });

  it('asks for types once, when nothing changes any more, and lets passes look again', async () => {
    let asked = 0;
    const seen: number[] = [];
    const typed: Pass = {
      ...step('', ''),
      name: 'typed',
      needs: ['shapes'],
      run() {
        seen.push(asked);
        return { changes: 0, skipped: [] };
      },
    };
    const passes = [typed, step('Abs', 'Neg'), typed];
    const more = { ...context, inferTypes: () => Promise.resolve(void (asked += 1)) };
    await runPasses(foreign(), passes, more);
    expect(asked).toBe(1);
    // Three rounds with a change, one without, and one more because of the answer.
    expect(seen).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    // The rules know everything about this one.
    await runPasses(chain(), passes, more);
    expect(asked).toBe(1);
  });

  it('goes on with declared types, and says so, when the runtime does not take the model', async () => {
    const typed: Pass = { ...step('Abs', 'Neg'), needs: ['shapes'] };
    const report = await runPasses(foreign(), [typed], {
      ...context,
      inferTypes: () => Promise.reject(new InferOptError('model', 'unknown operator')),
    });
    expect([report.changes, report.typesNotInferred]).toEqual([3, 'unknown operator']);
  });
});
