/**
 * One child of the pool: runs every level of passes over one model after the other and compares outputs with those of the original. Says
 * beforehand which step comes, since a model may end the process in it.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { testData } from './test-data.js';
import { attempts, makeInputs } from './inputs.js';
import { differenceOf } from './outputs.js';

const dist = process.argv[2];
const load = (/** @type {string} */ file) => import(pathToFileURL(path.join(dist, file)).href);
const [
  { loadModel },
  { openSession },
  exchange,
  tensors,
  { runPasses },
  { levels },
  { createEvaluator },
  { inferShapes },
  protos,
  { differenceOf: outputDifference },
  { dtypeOf },
] = await Promise.all(
  [
    'onnx/load.js',
    'runtime/session.js',
    'runtime/exchange.js',
    'tensor/tensor.js',
    'passes/pipeline.js',
    'fuse/levels.js',
    'runtime/evaluate.js',
    'runtime/shapes.js',
    'data/tensor-proto.js',
    'fuse/difference.js',
    'passes/match.js',
  ].map(load),
);

/** Operators that draw numbers; their outputs differ from run to run. */
const random = /^(Bernoulli|Multinomial|RandomNormal|RandomNormalLike|RandomUniform|RandomUniformLike)$/;

process.on('message', (/** @type {any} */ task) => {
  const known = {};
  const step = (/** @type {string} */ name) => process.send?.({ step: name, known });
  check(task, known, step)
    .catch((error) => Object.assign(known, { failure: `unexpected: ${line(error)}` }))
    .then(() => process.send?.({ result: known }));
});

/**
 * Fills `known` as far as it gets.
 * @param {{ file: string, levels: string[] }} task
 * @param {any} known
 * @param {(name: string) => void} step
 */
async function check({ file, levels: wanted }, known, step) {
  step('read');
  let model;
  try {
    model = await loadModel(file);
  } catch (error) {
    known.read = line(error);
    return;
  }
  known.nodes = countNodes(model);
  step('open');
  let opened;
  let optimization = 'disabled';
  try {
    opened = await openSession(file, { optimization, prepack: false });
  } catch {
    optimization = 'all';
    try {
      opened = await openSession(file, { optimization, prepack: false });
    } catch (error) {
      known.open = line(error);
      return;
    }
  }
  known.open = 'ok';
  const outputs = opened.outputs.filter(
    (/** @type {any} */ output) => output.dtype !== undefined && exchange.isExchangeable(output.dtype),
  );
  const names = outputs.map((/** @type {any} */ output) => output.name);
  known.run = obstacleOf(opened, names, model);
  if (known.run !== undefined) return;
  step('run');
  const cases = await runOriginal(file, opened, model, names);
  await opened.close();
  if (typeof cases === 'string') {
    known.run = cases;
    return;
  }
  known.run = 'ok';
  known.levels = {};
  for (const level of wanted) {
    step(level);
    known.levels[level] = await fused(file, level, cases, names, optimization);
  }
}

/** Why the model's outputs cannot be compared whatever the inputs, or undefined. */
function obstacleOf(/** @type {any} */ session, /** @type {string[]} */ names, /** @type {any} */ model) {
  if (names.length === 0) return 'no output can be fetched';
  for (const { dtype } of session.inputs)
    if (dtype === undefined || !exchange.isExchangeable(dtype)) return 'an input cannot be fed';
  for (const graph of [...model.graphs(), ...model.functions.map((/** @type {any} */ own) => own.graph)]) {
    for (const node of graph.nodes()) {
      if (random.test(node.opType) || (node.opType === 'Dropout' && node.inputs[2]))
        return 'it draws random numbers';
    }
  }
  return undefined;
}

/** What the original makes of its test data, else of several seeded inputs of different lengths. @returns {Promise<any>} */
async function runOriginal(
  /** @type {string} */ file,
  /** @type {any} */ session,
  /** @type {any} */ model,
  /** @type {string[]} */ names,
) {
  const data = testData(file, session, protos.parseTensorProto);
  if (typeof data === 'string') return data;
  const cases = [];
  if (data.length > 0) {
    for (const { feeds, expected } of data) {
      try {
        cases.push({ feeds, expected, outputs: await session.run(feeds, names) });
      } catch (error) {
        return `it does not run on its test data: ${line(error)}`;
      }
    }
    return cases;
  }
  let reason = '';
  for (let attempt = 0; attempt < attempts && cases.length < 3; attempt += 1) {
    if (cases.length > 0 && attempt > 12) break;
    const feeds = makeInputs(session.inputs, model, attempt, tensors.Tensor);
    try {
      cases.push({ feeds, outputs: await session.run(feeds, names) });
    } catch (error) {
      reason = line(error);
    }
  }
  return cases.length > 0 ? cases : `no inputs were found on which it runs: ${reason}`;
}

/** Runs a level's passes and compares outputs. @returns {Promise<any>} */
async function fused(
  /** @type {string} */ file,
  /** @type {string} */ level,
  /** @type {any[]} */ cases,
  /** @type {string[]} */ names,
  /** @type {string} */ optimization,
) {
  const passes = levels.find((/** @type {any} */ one) => one.name === level).passes;
  const model = await loadModel(file);
  const context = { evaluate: createEvaluator(model), inferTypes: inferShapes, constantBudget: 2 ** 20 };
  let report;
  try {
    report = await runPasses(model, passes, context);
    const again = await runPasses(model, passes, context);
    if (again.changes > 0)
      return { state: 'not idempotent', reason: again.steps.join(), nodes: countNodes(model) };
  } catch (error) {
    return { state: 'failed', reason: line(error) };
  }
  const exact = report.passes.every(
    (/** @type {any} */ { name, changes }) =>
      changes === 0 || passes.find((/** @type {any} */ pass) => pass.name === name).effect === 'exact',
  );
  const done = {
    nodes: countNodes(model),
    passes: report.passes
      .filter((/** @type {any} */ { changes }) => changes > 0)
      .map((/** @type {any} */ { name }) => name),
  };
  let session;
  try {
    session = await openSession(model, {
      optimization,
      prepack: false,
      externalDataDirectory: path.dirname(file),
    });
  } catch (error) {
    return { state: 'not opened', reason: line(error), ...done };
  }
  try {
    for (const { feeds, outputs, expected } of cases) {
      const now = await session.run(feeds, names);
      for (const name of names) {
        const comparison = { effect: exact ? 'exact' : 'reorders-floats', holdsHalf: holdsHalf(model) };
        const found = outputDifference(outputs.get(name), now.get(name), comparison);
        if (found !== undefined) return { state: 'differs', reason: `${name}: ${found}`, ...done };
        const given = expected?.get(name);
        if (given !== undefined && differenceOf(given, outputs.get(name)) === undefined) {
          const missed = differenceOf(given, now.get(name));
          if (missed !== undefined)
            return { state: 'differs', reason: `expected ${name}: ${missed}`, ...done };
        }
      }
    }
    return { state: 'equal', exact, ...done };
  } catch (error) {
    return { state: 'does not run', reason: line(error), ...done };
  } finally {
    await session.close();
  }
}

/** The runtime rounds float16 between casts of its own, which come and go with the nodes around. */
function holdsHalf(/** @type {any} */ model) {
  for (const graph of model.graphs())
    for (const value of graph.values()) if (dtypeOf(value) === 'float16') return true;
  return false;
}

function countNodes(/** @type {any} */ model) {
  let count = 0;
  for (const graph of model.graphs()) count += graph.nodeCount;
  return count;
}

function line(/** @type {unknown} */ error) {
  return String(error instanceof Error ? error.message : error)
    .replace(/\s+/g, ' ')
    .slice(0, 400);
}
