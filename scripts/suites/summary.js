import { reasonOf } from './reasons.js';

/** States after an upgrade that speak against it. */
const wrongStates = new Set(['not opened', 'differs', 'does not run', 'died']);

/**
 * Counts by suite, and reasons with how many models each has.
 * @param {any[]} records
 * @param {number[]} targets
 */
export function summarize(records, targets) {
  const suites = [...new Set(records.map(({ suite }) => suite)), 'all'];
  const of = (/** @type {string} */ suite) =>
    suite === 'all' ? records : records.filter((record) => record.suite === suite);
  return {
    files: suites.map((suite) => filesRow(suite, of(suite))),
    upgrades: targets.flatMap((target) => suites.map((suite) => upgradeRow(suite, target, of(suite)))),
    groups: {
      'Not read': count(records, ({ read }) => (read === 'ok' ? undefined : read)),
      'Not lossless': count(records, ({ onnx, read }) =>
        onnx.same || read !== 'ok' ? undefined : onnx.detail,
      ),
      'Not opened by the runtime': count(records, ({ open, died }) =>
        open === 'ok' || died ? undefined : open,
      ),
      'Died in the runtime': count(records, ({ died }) => died && `${died.how} in the step "${died.during}"`),
      'Opened, outputs not compared': count(records, ({ open, run, died }) =>
        open !== 'ok' || run === 'ok' || died ? undefined : run,
      ),
      ...Object.fromEntries(
        targets.flatMap((target) =>
          upgradeGroups(target).map(([title, reason]) => [title, count(records, reason)]),
        ),
      ),
      'Expected outputs of the test data, at the original opset': count(records, ({ expected }) =>
        expected === undefined || expected === 'none' ? undefined : expected,
      ),
    },
  };
}

/** @param {number} target @returns {[string, (record: any) => string | undefined][]} */
function upgradeGroups(target) {
  const reason = (/** @type {(found: any) => boolean} */ holds) => (/** @type {any} */ record) => {
    const found = record.upgrades?.[target] ?? record.after?.[target];
    return found?.reason && holds(found) ? found.reason : undefined;
  };
  return [
    [`Refused by the upgrade to opset ${target}`, reason(({ state }) => state === 'refused')],
    [
      `Equal at opset ${target} only without the runtime's own fusions`,
      reason(({ plain }) => plain === true),
    ],
    [
      `Not comparable at opset ${target} for the runtime's sake`,
      reason(({ state }) => state === 'no kernel' || state === 'unsound'),
    ],
    [`Wrong at opset ${target}`, reason(({ state }) => wrongStates.has(state))],
  ];
}

/** @param {string} suite @param {any[]} records */
function filesRow(suite, records) {
  const number = (/** @type {(record: any) => boolean} */ holds) => records.filter(holds).length;
  return {
    suite,
    files: records.length,
    read: number(({ read }) => read === 'ok'),
    lossless: number(({ onnx }) => onnx.same),
    opened: number(({ open }) => open === 'ok'),
    run: number(({ run }) => run === 'ok'),
  };
}

/** @param {string} suite @param {number} target @param {any[]} records */
function upgradeRow(suite, target, records) {
  const after = records.map((record) => record.after?.[target]?.state);
  const outcomes = records
    .filter(({ run }) => run === 'ok')
    .map(({ upgrades }) => upgrades?.[target] ?? { state: 'died' })
    .filter(({ state }) => state !== 'above');
  const number = (/** @type {(outcome: any) => boolean} */ holds) => outcomes.filter(holds).length;
  return {
    suite,
    'to opset': target,
    'run below it': outcomes.length,
    rewritten: number(({ conversions }) => conversions > 0),
    equal: number(({ state }) => state === 'equal'),
    'bit for bit': number(({ exact }) => exact === true),
    refused: number(({ state }) => state === 'refused'),
    'not comparable': number(({ state }) => state === 'no kernel' || state === 'unsound'),
    'opens only upgraded, expected outputs met': after.filter((state) => state === 'equal').length,
    wrong:
      number(({ state }) => wrongStates.has(state)) + after.filter((state) => wrongStates.has(state)).length,
  };
}

/** @param {any[]} records @param {(record: any) => string | undefined} reason */
function count(records, reason) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const record of records) {
    const text = reason(record);
    if (text === undefined) continue;
    const key = reasonOf(text);
    found.set(key, [...(found.get(key) ?? []), `${record.suite}: ${record.name}`]);
  }
  return [...found]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([text, models]) => ({ text, count: models.length, example: models[0], models }));
}

/**
 * What must not be: a defect of this project, one line each.
 * @param {any[]} records
 */
export function problems(records) {
  return records.flatMap((record) => {
    const lines = [];
    if (record.failure) lines.push(record.failure);
    if (record.read === 'ok' && !record.onnx.same) lines.push(`not lossless: ${record.onnx.detail}`);
    if (record.read !== 'ok' && record.open === 'ok')
      lines.push(`the runtime opens it, we do not read it: ${record.read}`);
    for (const [target, { state, reason }] of Object.entries({ ...record.after, ...record.upgrades })) {
      if (wrongStates.has(state)) lines.push(`opset ${target}: ${state}: ${reason}`);
    }
    return lines.map((text) => `${record.suite}/${record.name}: ${text}`);
  });
}
