import type { GateResult } from '../../bench/result.js';
import { gateValue, intervalText } from '../facts.js';
import { html, nothing, type Content, type Html } from './html.js';
import { dataTable, round } from './plot.js';

const width = 120;
const height = 22;

export interface ShownGates {
  readonly gates: readonly GateResult[];
  /** How the page calls the artifact of a gate. */
  readonly artifactName: (path: string) => string;
}

/** The gates with their verdicts, each with a small drawing of the interval against the limit. */
export function gateTable({ gates, artifactName }: ShownGates): Html {
  if (gates.length === 0) return nothing;
  return html`<h3>Gates</h3>
    ${dataTable(
      'Gates',
      [
        { head: 'gate' },
        { head: 'verdict' },
        { head: 'artifact' },
        { head: 'measured', numeric: true },
        { head: '95% interval', numeric: true },
        { head: 'against the limit' },
        { head: 'remarks' },
      ],
      gates.map((gate): Content[] => {
        const value = (number: number): string => gateValue(gate.metric, gate.expr, number);
        return [
          html`<code>${gate.expr}</code>`,
          gate.level === 'warn'
            ? html`${verdictBadge(gate.verdict)} <span class="detail">warning only</span>`
            : verdictBadge(gate.verdict),
          artifactName(gate.artifact),
          gate.actual === null ? '–' : value(gate.actual),
          intervalText(gate.ci95, value),
          gauge(gate),
          gate.detail,
        ];
      }),
    )}`;
}

const symbols = { pass: '✓', fail: '✗', inconclusive: '?', 'not-measured': '–' } as const;

/** A verdict in words, with a sign and a colour that say the same. */
export function verdictBadge(verdict: GateResult['verdict']): Html {
  return html`<span class="badge ${verdict}">${symbols[verdict]} ${verdict}</span>`;
}

/** The allowed side shaded, the interval as a line, the value as a dot. */
function gauge({ limit, actual, ci95, comparison, verdict }: GateResult): Html {
  if (actual === null) return nothing;
  const [low, high] = ci95 ?? [actual, actual];
  const least = Math.min(low, limit, actual);
  const most = Math.max(high, limit, actual);
  const margin = (most - least) * 0.15 || Math.abs(limit) * 0.1 || 1;
  const x = (value: number): number =>
    round(((value - least + margin) / (most - least + 2 * margin)) * width);
  const edge = x(limit);
  const allowed = comparison.startsWith('>') ? { from: edge, to: width } : { from: 0, to: edge };
  return html`<svg
    class="gauge ${verdict}"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    aria-hidden="true"
    focusable="false"
  >
    <rect
      class="allowed"
      x="${allowed.from}"
      y="2"
      width="${round(allowed.to - allowed.from)}"
      height="${height - 4}"
    />
    <line class="limit" x1="${edge}" x2="${edge}" y1="0" y2="${height}" />
    <line class="range" x1="${x(low)}" x2="${x(high)}" y1="${height / 2}" y2="${height / 2}" />
    <circle class="dot" cx="${x(actual)}" cy="${height / 2}" r="4" />
  </svg>`;
}
