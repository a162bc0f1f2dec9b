import { InferOptError } from '../errors.js';
import type { Comparison, Gate, Level } from './gate.js';
import { gateMetrics, type GateMetric, type GateUnit } from './metrics.js';

/**
 * Reads `[warn: | error:] METRIC >= NUMBER[UNIT]`, for instance `latency.p99 <= 10ms`; without a level it is `error`. Throws `usage` with the column (from 1) of
 * what is wrong and with what was expected there.
 */
export function parseGate(expr: string): Gate {
  const reader = new Reader(expr);
  const begin = reader.skipSpace() - 1;
  const level = reader.take(/(?:warn|error)\s*:/y)?.replace(/\s*:$/, '');
  const metricColumn = reader.skipSpace();
  const name = reader.take(/[A-Za-z_][\w.]*/y);
  if (name === undefined) throw problem(expr, metricColumn, 'expected the name of a metric', example);
  const candidates = gateMetrics.filter((metric) => metric.name === name);
  if (candidates.length === 0) {
    throw problem(expr, metricColumn, `there is no metric ${name}`, suggestion(name));
  }

  const comparisonColumn = reader.skipSpace();
  const comparison = reader.take(/[<>]=?(?![<>=])/y);
  if (comparison === undefined) throw problem(expr, comparisonColumn, 'expected >=, <=, > or <', example);

  const numberColumn = reader.skipSpace();
  const number = reader.take(/[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y);
  if (number === undefined) throw problem(expr, numberColumn, 'expected a number', example);

  const unitColumn = reader.skipSpace();
  const suffix = reader.take(/[^\s\d]+/y) ?? '';
  const { metric, unit } = unitNamed(expr, unitColumn, candidates, suffix);

  const restColumn = reader.skipSpace();
  if (!reader.done)
    throw problem(expr, restColumn, 'expected the end of the gate', 'write each gate as a --gate of its own');
  return {
    expr: expr.slice(level === undefined ? begin : metricColumn - 1).trim(),
    metric: name,
    comparison: comparison as Comparison,
    limit: scaled(Number(number), unit.factor),
    unit: suffix,
    relative: metric.relative,
    labelled: metric.labelled,
    level: (level ?? 'error') as Level,
  };
}

const example = "a gate looks like 'speedup >= 2' or 'latency.p99 <= 10ms'";

function unitNamed(
  expr: string,
  column: number,
  candidates: readonly GateMetric[],
  suffix: string,
): { metric: GateMetric; unit: GateUnit } {
  for (const metric of candidates) {
    const unit = metric.units.find((known) => known.suffix === suffix);
    if (unit) return { metric, unit };
  }
  const units = candidates.flatMap((metric) => metric.units.map((known) => known.suffix || 'no unit'));
  const found = suffix === '' ? '' : ` and found ${suffix}`;
  throw problem(expr, column, `expected ${list(units)}${found}`, example);
}

/** Exact for decimal factors: 0.5% is 0.005 and not 0.005 and a bit. */
function scaled(value: number, factor: number): number {
  return factor < 1 ? value / Math.round(1 / factor) : value * factor;
}

/** Names in the same family first, else all of them. */
function suggestion(name: string): string {
  const [family = ''] = name.split('.');
  const names = [...new Set(gateMetrics.map((metric) => metric.name))];
  const close = names.filter((known) => known.split('.')[0] === family);
  return `known: ${(close.length > 0 ? close : names).join(', ')}`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function problem(expr: string, column: number, message: string, hint: string): InferOptError {
  return new InferOptError('usage', `gate '${expr}', column ${column}: ${message}`, { hint });
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Moves past blanks; the column where it stands then. */
  skipSpace(): number {
    this.take(/\s+/y);
    return this.#at + 1;
  }

  /** What matches here, if anything does; moves behind it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
