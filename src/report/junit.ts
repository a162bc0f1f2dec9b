import type { ArtifactResult, BenchResult, GateResult } from '../bench/result.js';
import { gateValue, intervalText } from './facts.js';
import type { ReportFormat } from './report.js';

/**
 * JUnit XML: a suite for each result, a test case for each gate and artifact. A gate that failed is a failure, one that was
 * not measured an error, an inconclusive one is skipped (or a failure where it counts as one), and so is one that only warns. An artifact that
 * could not be measured and has no gate is an error of its own. It keeps to the schemas in use, that of Jenkins
 * (https://github.com/junit-team/junit-framework/blob/main/platform-tests/src/test/resources/jenkins-junit.xsd) and that of Ant
 * (https://github.com/windyroad/JUnit-Schema).
 */
export const junit: ReportFormat = {
  name: 'junit',
  summary: 'JUnit XML, one test case a gate',
  render: ({ results }) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${results.map(suite).join('')}</testsuites>\n`,
};

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly outcome: 'passed' | 'skipped' | 'failure' | 'error';
  readonly message: string;
}

function suite(result: BenchResult, id: number): string {
  const cases = [...result.gates.map((gate) => gateCase(gate, result)), ...brokenCases(result)];
  const count = (outcome: Case['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  const attributes = attributesOf({
    id: String(id),
    package: 'infer-opt',
    name: `bench ${result.artifacts[0]?.path ?? ''}`,
    // The schema's date has no zone: UTC.
    timestamp: result.measured_at.slice(0, 19),
    hostname: result.environment.os.name,
    tests: String(cases.length),
    failures: String(count('failure')),
    errors: String(count('error')),
    skipped: String(count('skipped')),
    time: '0',
  });
  const properties = [
    ['infer-opt', result.tool.version],
    ['dataset', result.dataset.name],
    ['cpu', result.environment.cpu.model],
    ['onnxruntime', result.environment.onnxruntime],
  ].map(([name, value]) => `      <property ${attributesOf({ name: name!, value: value! })}/>\n`);
  return (
    `  <testsuite ${attributes}>\n    <properties>\n${properties.join('')}    </properties>\n` +
    cases.map(caseXml).join('') +
    `    <system-out>${text(result.warnings.join('\n'))}</system-out>\n    <system-err/>\n  </testsuite>\n`
  );
}

function gateCase(gate: GateResult, { settings }: BenchResult): Case {
  const { expr, metric, artifact, actual, ci95, verdict, detail, level } = gate;
  const value = (number: number): string => gateValue(metric, expr, number);
  const measured = actual === null ? 'not measured' : `measured ${value(actual)}`;
  const interval = ci95 === null ? '' : ` (95%: ${intervalText(ci95, value)})`;
  const message = `${expr}: ${measured}${interval}${detail === '' ? '' : `; ${detail}`}`;
  if (level === 'warn' && verdict !== 'pass') {
    return { suite: artifact, name: expr, outcome: 'skipped', message: `a warning only: ${message}` };
  }
  const outcomes = {
    pass: 'passed',
    fail: 'failure',
    inconclusive: settings.strict ? 'failure' : 'skipped',
    'not-measured': 'error',
  } as const;
  return { suite: artifact, name: expr, outcome: outcomes[verdict], message };
}

function brokenCases({ artifacts, gates }: BenchResult): Case[] {
  const broken = (artifact: ArtifactResult): boolean =>
    artifact.error !== null && !gates.some((gate) => gate.artifact === artifact.path);
  return artifacts.filter(broken).map(({ path, error }) => ({
    suite: path,
    name: 'can be measured',
    outcome: 'error',
    message: error ?? '',
  }));
}

function caseXml({ suite: classname, name, outcome, message }: Case): string {
  const head = `    <testcase ${attributesOf({ classname, name, time: '0' })}`;
  switch (outcome) {
    case 'passed':
      return `${head}/>\n`;
    case 'skipped':
      // Jenkins's schema knows no attributes here.
      return `${head}>\n      <skipped>${text(message)}</skipped>\n    </testcase>\n`;
    case 'failure':
    case 'error':
      return (
        `${head}>\n      <${outcome} ${attributesOf({ message, type: outcome === 'error' ? 'not-measured' : 'gate' })}>` +
        `${text(message)}</${outcome}>\n    </testcase>\n`
      );
  }
}

function attributesOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${attribute(value)}"`)
    .join(' ');
}

function attribute(value: string): string {
  return text(value)
    .replace(/"/g, '&quot;')
    .replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** XML 1.0 knows no way to write most control characters and lone surrogates. */
function text(value: string): string {
  return value
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
