import { createRequire } from 'node:module';

/** @param {any} summary @param {any} facts */
export function toText({ files, upgrades, groups }, facts) {
  const details = Object.entries(groups).flatMap(([title, entries]) =>
    entries.length === 0
      ? []
      : [
          '',
          `${title}:`,
          ...entries.map(
            (/** @type {any} */ { text, count, example }) =>
              `${String(count).padStart(6)}  ${text}  (${example})`,
          ),
        ],
  );
  return `${[...columns(files), '', ...columns(upgrades), ...details].join('\n')}\n\n${facts.seconds} s, ${versions(facts)}\n`;
}

/** @param {Record<string, string | number>[]} rows */
function columns(rows) {
  const names = Object.keys(rows[0] ?? {});
  const table = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table.map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
}

/** @param {any} summary @param {any} facts */
export function toMarkdown({ files, upgrades, groups }, facts) {
  const sections = Object.entries(groups).flatMap(([title, entries]) =>
    entries.length === 0
      ? []
      : [
          '',
          `## ${title}`,
          '',
          ...table(
            entries.map((/** @type {any} */ { text, count, example }) => ({
              models: count,
              reason: text,
              'for example': example,
            })),
          ),
        ],
  );
  return [
    '# Suites of models',
    '',
    `Written by \`node scripts/check-suites.js --docs docs/suites.md\` on ${new Date().toISOString().slice(0, 10)} in ${facts.seconds} s, with ${versions(facts)}.`,
    '',
    '- **read**: read by us, without a complaint; **lossless**: what we write says the same to `onnx` in Python, unknown fields included.',
    '- **opened**: the runtime opens the original; **run**: it runs on its test data, or on seeded inputs where it has none.',
    '- **equal**: the same outputs after the upgrade, floats within 1e-3 relative and 1e-5 absolute, all else exactly, and the expected',
    '  outputs of the test data where the original met them; **rewritten**: at least one node changed its form on the way.',
    '- **not comparable**: the runtime has no kernel in the new opset, or runs the original by accident only (see below).',
    '',
    ...table(files),
    '',
    ...table(upgrades),
    ...sections,
    '',
  ].join('\n');
}

/** @param {Record<string, string | number>[]} rows */
function table(rows) {
  const names = Object.keys(rows[0] ?? {});
  return [
    `| ${names.join(' | ')} |`,
    `|${names.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${names.map((name) => escape(String(row[name]))).join(' | ')} |`),
  ];
}

function escape(/** @type {string} */ text) {
  return text.replace(/\|/g, '\\|').replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'));
}

function versions(/** @type {any} */ { onnx }) {
  const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
  return `onnxruntime-node ${runtime} and onnx ${onnx}`;
}
