import type { BenchResult } from '../bench/result.js';
import { gateValue, intervalText } from './facts.js';

/**
 * Workflow commands of GitHub Actions, one a line: an error for each gate that failed or was not measured and for each
 * artifact without a gate that could not be measured, a warning for each gate that is open or of level `warn`. A gate
 * from a file is shown at its line.
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)
 */
export function githubAnnotations(result: BenchResult): string[] {
  const lines = result.gates.flatMap((gate) => {
    const { expr, metric, artifact, actual, ci95, verdict, detail, source } = gate;
    if (verdict === 'pass') return [];
    const value = (number: number): string => gateValue(metric, expr, number);
    const measured = actual === null ? '' : `: measured ${value(actual)}`;
    const interval = ci95 === null ? '' : ` (95%: ${intervalText(ci95, value)})`;
    const message = `${artifact}${measured}${interval}${detail === '' ? '' : `; ${detail}`}`;
    const open = verdict === 'inconclusive' && !result.settings.strict;
    const place = source === null ? {} : { file: source.file, line: String(source.line) };
    const level = open || gate.level === 'warn' ? 'warning' : 'error';
    return [command(level, { ...place, title: `${expr}: ${verdict}` }, message)];
  });
  const broken = result.artifacts.filter(
    ({ path, error }) => error !== null && !result.gates.some(({ artifact }) => artifact === path),
  );
  return [
    ...lines,
    ...broken.map(({ error }) => command('error', { title: 'could not be measured' }, error ?? '')),
  ];
}

function command(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const listed = Object.entries(properties).map(
    ([key, value]) => `${key}=${escaped(value).replace(/:/g, '%3A').replace(/,/g, '%2C')}`,
  );
  return `::${name} ${listed.join(',')}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}
