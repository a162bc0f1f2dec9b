/**
 * One child of the pool: reads, writes, opens, upgrades and runs one model after the other. Says beforehand which step comes, since a
 * model may end the process in it.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { differenceOf } from './outputs.js';
import { attempts, makeInputs } from './inputs.js';

const dist = process.argv[2];
const load = (/** @type {string} */ file) => import(pathToFileURL(path.join(dist, file)).href);
const [
  { readModel, decodeModel },
  { encodeModel },
  { upgradeOpset },
  { openSession },
  { parseTensorProto },
  exchange,
  tensors,
] = await Promise.all(
  [
    'onnx/read.js',
    'onnx/write.js',
    'onnx/upgrade/upgrade.js',
    'runtime/session.js',
    'data/tensor-proto.js',
    'runtime/exchange.js',
    'tensor/tensor.js',
  ].map(load),
);

/** Operators that draw numbers; their outputs differ from run to run. */
const random = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

process.on('message', (/** @type {any} */ task) => {
  const known = {};
  const step = (/** @type {string} */ name) => process.send?.({ step: name, known });
  check(task, known, step)
    .catch((error) => Object.assign(known, { failure: `unexpected: ${line(error)}` }))
    .then(() => process.send?.({ result: known }));
});

/**
 * Fills `known` as far as it gets.
 * @param {{ file: string, rewritten: string, targets: number[] }} task
 * @param {any} known
 * @param {(name: string) => void} step
 */
async function check({ file, rewritten, targets }, known, step) {
  step('read');
  let model;
  try {
    model = await readModel(file);
    const bytes = encodeModel(model, { external: 'keep' });
    writeFileSync(rewritten, bytes);
    const again = encodeModel(decodeModel(bytes, path.dirname(file)), { external: 'keep' });
    known.read = Buffer.compare(bytes, again) === 0 ? 'ok' : 'a second round gives other bytes';
  } catch (error) {
    known.read = line(error);
  }
  step('open');
  const opened = await open(file);
  if (typeof opened === 'string') {
    known.open = opened;
    if (model !== undefined) known.after = await afterUpgrade(file, targets, step);
    return;
  }
  known.open = 'ok';
  if (model === undefined) return;
  known.opset = model.opset;
  const wanted = opened.outputs.filter(
    (/** @type {any} */ output) => output.dtype !== undefined && exchange.isExchangeable(output.dtype),
  );
  const names = wanted.map((/** @type {any} */ output) => output.name);
  const obstacle = obstacleOf(opened, wanted, model);
  if (obstacle !== undefined) {
    known.run = obstacle;
    return;
  }
  step('run');
  const data = testData(file, opened);
  if (typeof data === 'string') {
    known.run = data;
    return;
  }
  const cases = data.length > 0 ? await runCases(opened, data, names) : await runSeeded(opened, model, names);
  await opened.close();
  if (typeof cases === 'string') {
    known.run = cases;
    return;
  }
  known.run = 'ok';
  known.inputs = data.length > 0 ? 'test data' : 'seeded';
  known.expected = expectedOf(cases, wanted);
  known.upgrades = {};
  for (const target of targets) {
    step(`upgrade to ${target}`);
    known.upgrades[target] = await upgraded(file, target, cases, names);
  }
}

/** @param {string | Uint8Array} source @param {string} [folder] @param {string} [optimization] @returns {Promise<any>} a session, or why there is none */
async function open(source, folder, optimization = 'all') {
  try {
    // A file knows its folder itself.
    const options =
      typeof source === 'string' ? { optimization } : { optimization, externalDataDirectory: folder };
    return await openSession(source, options);
  } catch (error) {
    return line(error);
  }
}

/** Why the model's outputs cannot be compared whatever the inputs, or undefined. */
function obstacleOf(/** @type {any} */ session, /** @type {any[]} */ wanted, /** @type {any} */ model) {
  if (session.outputs.every((/** @type {any} */ output) => output.dtype === undefined))
    return 'no output is a tensor';
  if (wanted.length === 0) return 'the binding cannot fetch the type of any output';
  for (const { dtype } of session.inputs) {
    if (dtype === undefined) return 'an input is no tensor';
    if (!exchange.isExchangeable(dtype)) return 'the binding cannot feed the type of an input';
  }
  for (const graph of model.graphs()) {
    for (const node of graph.nodes()) {
      if (random.has(node.opType)) return 'it draws random numbers';
      if (node.opType === 'Dropout' && node.inputs[2]) return 'it draws random numbers';
    }
  }
  return undefined;
}

/** The test_data_set folders beside a model: inputs and expected outputs in the model's order. */
function testData(/** @type {string} */ file, /** @type {any} */ session) {
  const folder = path.dirname(file);
  if (path.basename(file) !== 'model.onnx') return [];
  const cases = [];
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'))) {
    try {
      const inputs = protos(path.join(folder, name), 'input');
      // An example of the standard may leave an optional input out: then its inputs go by name.
      const feeds = new Map(
        session.inputs.map((/** @type {any} */ input, /** @type {number} */ index) => {
          const given = inputs.find((candidate) => candidate?.name === input.name) ?? inputs[index];
          return [input.name, given?.tensor];
        }),
      );
      if ([...feeds.values()].includes(undefined)) return 'the test data lacks an input';
      const outputs = protos(path.join(folder, name), 'output');
      cases.push({
        feeds,
        expected: new Map(
          session.outputs.map((/** @type {any} */ output, /** @type {number} */ index) => [
            output.name,
            outputs[index]?.tensor,
          ]),
        ),
      });
    } catch (error) {
      return `the test data cannot be read: ${line(error).replace(/^.*\.pb/, 'it')}`;
    }
  }
  return cases;
}

/** @param {string} folder @param {'input' | 'output'} kind @returns {any[]} an output that is no tensor is undefined */
function protos(folder, kind) {
  const count = readdirSync(folder).filter((name) => name.startsWith(`${kind}_`)).length;
  return Array.from({ length: count }, (_, index) => {
    const file = path.join(folder, `${kind}_${index}.pb`);
    try {
      return parseTensorProto(readFileSync(file), file);
    } catch (error) {
      if (kind === 'input') throw error;
      return undefined;
    }
  });
}

/** @returns {Promise<any>} the cases with what came out, or why nothing did */
async function runCases(
  /** @type {any} */ session,
  /** @type {any[]} */ cases,
  /** @type {string[]} */ names,
) {
  try {
    const done = [];
    for (const { feeds, expected } of cases)
      done.push({ feeds, expected, outputs: await session.run(feeds, names) });
    return done;
  } catch (error) {
    return `it does not run on its test data: ${line(error)}`;
  }
}

/** Tries lengths and integers for what the model leaves open, until it runs. */
async function runSeeded(
  /** @type {any} */ session,
  /** @type {any} */ model,
  /** @type {string[]} */ names,
) {
  let reason = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const feeds = makeInputs(session.inputs, model, attempt, tensors.Tensor);
    try {
      return [{ feeds, outputs: await session.run(feeds, names) }];
    } catch (error) {
      reason = line(error);
    }
  }
  return `no inputs were found on which it runs: ${reason}`;
}

/** Whether the original opset gives the expected outputs, which tells the runtime's own shortcomings apart. */
function expectedOf(/** @type {any[]} */ cases, /** @type {any[]} */ wanted) {
  if (cases.every(({ expected }) => expected === undefined)) return 'none';
  for (const { expected, outputs } of cases) {
    for (const { name } of wanted) {
      const tensor = expected.get(name);
      const found = tensor === undefined ? undefined : differenceOf(tensor, outputs.get(name));
      if (found !== undefined) return `not met by the original either: ${found}`;
    }
  }
  return 'met';
}

/**
 * A model that the runtime refuses as it is may open when it is upgraded (kernels for the first operator sets are few); its test data then
 * says whether it is still the same.
 * @returns {Promise<any>} outcomes by operator set, of those that opened
 */
async function afterUpgrade(
  /** @type {string} */ file,
  /** @type {number[]} */ targets,
  /** @type {(name: string) => void} */ step,
) {
  /** @type {Record<string, any>} */
  const outcomes = {};
  for (const target of targets) {
    step(`upgrade to ${target}`);
    const model = await readModel(file);
    try {
      if (upgradeOpset(model, target).from >= target) continue;
    } catch (error) {
      outcomes[target] = { state: 'refused', reason: line(error) };
      continue;
    }
    const bytes = encodeModel(model);
    const session = await open(bytes, path.dirname(file));
    if (typeof session === 'string') continue;
    const data = testData(file, session);
    await session.close();
    if (typeof data === 'string' || data.length === 0) continue;
    const cases = data.map(({ feeds, expected }) => ({ feeds, expected, outputs: expected }));
    const names = [...cases[0].expected.keys()];
    outcomes[target] = await compared(bytes, path.dirname(file), cases, names);
  }
  return outcomes;
}

/**
 * Upgrades the model and compares its outputs with those of the original. Where that fails under the runtime's default rewriting, both are
 * compared without it, which tells a defect of the upgrade from one of the runtime's fusions.
 * @returns {Promise<any>}
 */
async function upgraded(
  /** @type {string} */ file,
  /** @type {number} */ target,
  /** @type {any[]} */ cases,
  /** @type {string[]} */ names,
) {
  const model = await readModel(file);
  let report;
  try {
    report = upgradeOpset(model, target);
  } catch (error) {
    return { state: 'refused', reason: line(error) };
  }
  if (report.from >= target) return { state: 'above' };
  const conversions = report.conversions.reduce(
    (/** @type {number} */ sum, /** @type {any} */ { nodes }) => sum + nodes,
    0,
  );
  const bytes = encodeModel(model);
  const folder = path.dirname(file);
  const outcome = await compared(bytes, folder, cases, names);
  if (outcome.state === 'equal') return { ...outcome, conversions };
  if (/no kernel/.test(outcome.reason)) return { state: 'no kernel', reason: outcome.reason, conversions };
  const plain = await open(file, folder, 'disabled');
  const plainCases = typeof plain === 'string' ? plain : await runCases(plain, cases, names);
  if (typeof plain !== 'string') await plain.close();
  if (typeof plainCases === 'string') {
    return { state: 'unsound', reason: `${outcome.reason}; the original: ${plainCases}`, conversions };
  }
  const second = await compared(bytes, folder, plainCases, names, 'disabled');
  if (second.state !== 'equal') return { ...outcome, conversions };
  return { ...second, plain: true, reason: `${outcome.state}: ${outcome.reason}`, conversions };
}

/** Whether an upgraded model gives the outputs of the cases. @returns {Promise<any>} */
async function compared(
  /** @type {Uint8Array} */ bytes,
  /** @type {string} */ folder,
  /** @type {any[]} */ cases,
  /** @type {string[]} */ names,
  /** @type {string} */ optimization = 'all',
) {
  const session = await open(bytes, folder, optimization);
  if (typeof session === 'string') return { state: 'not opened', reason: session };
  try {
    let exact = true;
    for (const { feeds, outputs, expected } of cases) {
      const now = await session.run(feeds, names);
      for (const name of names) {
        const given = expected?.get(name);
        const met = given !== undefined && differenceOf(given, outputs.get(name)) === undefined;
        const found =
          differenceOf(outputs.get(name), now.get(name)) ??
          (met ? differenceOf(given, now.get(name)) : undefined);
        if (found !== undefined) return { state: 'differs', reason: `${name}: ${found}` };
        exact &&= differenceOf(outputs.get(name), now.get(name), { exact: true }) === undefined;
      }
    }
    return { state: 'equal', exact };
  } catch (error) {
    return { state: 'does not run', reason: line(error) };
  } finally {
    await session.close();
  }
}

function line(/** @type {unknown} */ error) {
  return String(error instanceof Error ? error.message : error)
    .replace(/\s+/g, ' ')
    .slice(0, 400);
}
