import { createRequire } from 'node:module';

/** Messages by what they say, so that counts are of reasons and not of names. First match wins. */
const reasons = [
  [
    /is under development|opset .* is (?:under|only)|ValidateOpsetForDomain|till opset/i,
    'an opset that this runtime does not have yet',
  ],
  [/IR version/i, 'an IR version that this runtime does not have yet'],
  [
    /not a registered function|is not a registered|Unrecognized (?:attribute|operator)|no schema|does not have|is not in the runtime/i,
    'an operator or attribute that the runtime does not know',
  ],
  [
    /NOT_IMPLEMENTED|could not find an implementation|no kernel/i,
    'no CPU kernel for the operator in that type',
  ],
];

/** @param {string} text */
function reasonOf(text) {
  for (const [pattern, reason] of reasons)
    if (/** @type {RegExp} */ (pattern).test(text)) return /** @type {string} */ (reason);
  return generalized(text);
}

/** The message without what is particular to one model. */
function generalized(/** @type {string} */ text) {
  return text
    .replace(/^.*?\.onnx: /, '')
    .replace(/operator (\S+) of node .*? cannot be carried/, 'operator $1 cannot be carried')
    .replace(/\/tmp\/\S+/g, 'FILE')
    .slice(0, 140);
}

/**
 * @param {any[]} records
 * @param {number[]} targets
 */
export function summarize(records, targets) {
  const suites = [...new Set(records.map(({ suite }) => suite))];
  const rows = suites.map((suite) =>
    row(
      suite,
      records.filter((record) => record.suite === suite),
      targets,
    ),
  );
  rows.push(row('all', records, targets));
  const groups = {
    'Not read': count(records, (record) => (record.read === 'ok' ? undefined : record.read)),
    'Not lossless': count(records, ({ onnx, read }) =>
      onnx.same || read !== 'ok' ? undefined : onnx.detail,
    ),
    'Not opened by the runtime': count(records, (record) => (record.open === 'ok' ? undefined : record.open)),
    'Died in the runtime': count(records, ({ died }) => died && `${died.how} in the step "${died.during}"`),
    'Opened, outputs not compared': count(records, (record) =>
      record.open !== 'ok' || record.run === 'ok' ? undefined : record.run,
    ),
    ...Object.fromEntries(
      targets.map((target) => [
        `Not carried to opset ${target}`,
        count(records, ({ upgrades }) =>
          upgrades?.[target]?.reason ? `${upgrades[target].state}: ${upgrades[target].reason}` : undefined,
        ),
      ]),
    ),
    'Expected outputs of the test data, at the original opset': count(records, ({ expected }) =>
      expected === undefined || expected === 'none' ? undefined : expected.replace(/:.*/, ''),
    ),
  };
  return { rows, groups };
}

/** @param {string} suite @param {any[]} records @param {number[]} targets */
function row(suite, records, targets) {
  const number = (/** @type {(record: any) => boolean} */ holds) => records.filter(holds).length;
  const compared = records.filter(({ run }) => run === 'ok');
  return {
    suite,
    files: records.length,
    read: number(({ read }) => read === 'ok'),
    lossless: number(({ onnx }) => onnx.same),
    opened: number(({ open }) => open === 'ok'),
    run: compared.length,
    upgrades: Object.fromEntries(
      targets.map((target) => {
        const states = compared.map(({ upgrades }) => upgrades?.[target]?.state ?? 'died');
        const of = (/** @type {string} */ state) => states.filter((found) => found === state).length;
        const exact = compared.filter(({ upgrades }) => upgrades?.[target]?.exact === true).length;
        return [
          target,
          {
            equal: of('equal'),
            exact,
            above: of('above'),
            refused: of('refused'),
            wrong: states.length - of('equal') - of('above') - of('refused'),
          },
        ];
      }),
    ),
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
    .map(([text, models]) => ({ text, count: models.length, example: models[0] }));
}

/** What must not be: a defect of this project, one line each. */
export function problems(/** @type {any[]} */ records) {
  return records.flatMap((record) => {
    const lines = [];
    if (record.failure) lines.push(record.failure);
    if (record.read === 'ok' && !record.onnx.same) lines.push(`not lossless: ${record.onnx.detail}`);
    if (record.read !== 'ok' && record.open === 'ok')
      lines.push(`the runtime opens it, we do not read it: ${record.read}`);
    for (const [target, { state, reason }] of Object.entries(record.upgrades ?? {})) {
      if (['not opened', 'differs', 'does not run'].includes(state))
        lines.push(`opset ${target}: ${state}: ${reason}`);
    }
    return lines.map((text) => `${record.suite}/${record.name}: ${text}`);
  });
}

/** @param {{ rows: any[], groups: Record<string, any[]> }} summary @param {any} facts */
export function toText({ rows, groups }, facts) {
  const header = [
    'suite',
    'files',
    'read',
    'lossless',
    'opened',
    'run',
    ...facts.targets.flatMap((/** @type {number} */ to) => [`=${to}`, 'exact', 'above', 'refused', 'wrong']),
  ];
  const table = [header, ...rows.map((entry) => cells(entry, facts.targets))];
  const widths = header.map((_, column) => Math.max(...table.map((line) => String(line[column]).length)));
  const lines = table.map((line) =>
    line.map((cell, column) => String(cell).padStart(widths[column])).join('  '),
  );
  const details = Object.entries(groups).flatMap(([title, entries]) => [
    '',
    `${title}:`,
    ...entries.map(({ text, count: n, example }) => `${String(n).padStart(6)}  ${text}  (${example})`),
  ]);
  return `${[...lines, ...details].join('\n')}\n\n${facts.seconds} s, onnx ${facts.onnx}, onnxruntime-node ${runtimeVersion()}\n`;
}

/** @param {{ rows: any[], groups: Record<string, any[]> }} summary @param {any} facts */
export function toMarkdown({ rows, groups }, facts) {
  const head = [
    'suite',
    'files',
    'read',
    'lossless',
    'opened',
    'run',
    ...facts.targets.flatMap((/** @type {number} */ to) => [
      `equal at ${to}`,
      'bit for bit',
      'above already',
      'refused',
      'wrong',
    ]),
  ];
  const body = rows.map((entry) => `| ${cells(entry, facts.targets).join(' | ')} |`);
  const sections = Object.entries(groups).flatMap(([title, entries]) =>
    entries.length === 0
      ? []
      : [
          '',
          `## ${title}`,
          '',
          '| models | reason | for example |',
          '|---|---|---|',
          ...entries.map(({ text, count: n, example }) => `| ${n} | ${escape(text)} | ${escape(example)} |`),
        ],
  );
  return [
    '# Suites',
    '',
    `Written by \`node scripts/check-suites.js --docs docs/suites.md\` on ${new Date().toISOString().slice(0, 10)}, in ${facts.seconds} s, with onnxruntime-node ${runtimeVersion()}`,
    `and onnx ${facts.onnx} (Python) as the independent reader.`,
    '',
    'Lossless: the file as we write it is the original to that reader, unknown fields included. Run: the runtime opens the original and runs it,',
    'on its test data or on seeded inputs. Equal: the model gives the same outputs after the upgrade (floats within 1e-3 relative and 1e-5',
    'absolute, all else exactly).',
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...body,
    ...sections,
    '',
  ].join('\n');
}

/** @param {any} entry @param {number[]} targets */
function cells(entry, targets) {
  const upgrades = targets.flatMap((target) => {
    const { equal, exact, above, refused, wrong } = entry.upgrades[target];
    return [equal, exact, above, refused, wrong];
  });
  return [entry.suite, entry.files, entry.read, entry.lossless, entry.opened, entry.run, ...upgrades];
}

function escape(/** @type {string} */ text) {
  return text.replace(/\|/g, '\\|').replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'));
}

function runtimeVersion() {
  return createRequire(import.meta.url)('onnxruntime-node/package.json').version;
}
