import { describe, expect, it } from 'vitest';
import { junit } from '../../src/report/junit.js';
import { reportOf } from '../../src/report/report.js';
import { fullResult, gate, result } from './sample-result.js';
import { parseXml, type Element } from './xml.js';

const full = fullResult();

/**
 * What the schema of Ant's JUnit reports (https://github.com/windyroad/JUnit-Schema) asks for: required attributes,
 * allowed ones, and children in order (`*` for any number, `?` for one or none, `|` for one of several or none).
 */
const rules: Readonly<Record<string, { required: string[]; allowed?: string[]; children: RegExp }>> = {
  testsuites: { required: [], children: /^(testsuite )*$/ },
  testsuite: {
    required: ['id', 'package', 'name', 'timestamp', 'hostname', 'tests', 'failures', 'errors', 'time'],
    allowed: ['skipped'],
    children: /^properties (testcase )*system-out system-err $/,
  },
  properties: { required: [], children: /^(property )*$/ },
  property: { required: ['name', 'value'], children: /^$/ },
  testcase: { required: ['name', 'classname', 'time'], children: /^((skipped|error|failure) )?$/ },
  failure: { required: ['type'], allowed: ['message'], children: /^$/ },
  error: { required: ['type'], allowed: ['message'], children: /^$/ },
  // Of any type in the schema; a text alone in that of Jenkins.
  skipped: { required: [], children: /^$/ },
  'system-out': { required: [], children: /^$/ },
  'system-err': { required: [], children: /^$/ },
};

function findings(element: Element): string[] {
  const rule = rules[element.name];
  if (!rule) return [`unknown element ${element.name}`];
  const names = Object.keys(element.attributes);
  const { required, allowed = [], children } = rule;
  const inside = element.children.map(({ name }) => `${name} `).join('');
  return [
    ...required.filter((name) => !names.includes(name)).map((name) => `${element.name} lacks ${name}`),
    ...names
      .filter((name) => ![...required, ...allowed].includes(name))
      .map((name) => `${element.name} has ${name}`),
    ...(children.test(inside) ? [] : [`${element.name} holds ${inside}`]),
    ...element.children.flatMap(findings),
  ];
}

const render = (...results: Parameters<typeof reportOf>[0]): Element =>
  parseXml(junit.render(reportOf(results, full.tool)));

describe('JUnit', () => {
  it('keeps to the schema', () => {
    const suites = render(full, result({}));
    expect(findings(suites)).toEqual([]);
    expect(suites.children.map(({ attributes }) => attributes.id)).toEqual(['0', '1']);
    expect(suites.children[0]!.attributes.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('has one test case for each gate, with the outcome of its verdict', () => {
    const [suite] = render(full).children;
    const cases = suite!.children.filter(({ name }) => name === 'testcase');
    expect(cases.map(({ attributes, children }) => [attributes.name, children[0]?.name])).toEqual([
      ['speedup >= 2', undefined],
      ['speedup >= 2', 'failure'],
      ['top1.drop <= 0.005', 'skipped'],
      ['speedup >= 2', 'error'],
    ]);
    expect(suite!.attributes).toMatchObject({ tests: '4', failures: '1', errors: '1', skipped: '1' });
    expect(cases[1]!.children[0]!.text).toBe('speedup >= 2: measured 0.84x (95%: 0.82x to 0.86x)');
    expect(cases[0]!.attributes.classname).toBe(full.artifacts[1]!.path);
  });

  it('fails what is inconclusive when that fails the bench', () => {
    const strict = result({
      settings: { ...full.settings, strict: true },
      gates: [gate({ verdict: 'inconclusive' })],
    });
    const [, testcase] = render(strict).children[0]!.children;
    expect(testcase!.children[0]!.name).toBe('failure');
  });

  it('has a test case for an artifact that failed and has no gate', () => {
    const [suite] = render({ ...full, gates: [] }).children;
    expect(suite!.attributes).toMatchObject({ tests: '1', errors: '1' });
    expect(suite!.children[1]!.children[0]!.text).toContain('SIGSEGV)\uFFFD<b>');
  });
});
