import { humanBytes, humanMilliseconds, humanRatio, humanShare } from '../humanize.js';
import { html, nothing, type Content, type Html } from './html.js';
import { dataTable } from './plot.js';
import type { ResultView, Shown } from './view.js';

/** A line for each artifact. */
export function artifactTable({ shown }: ResultView): Html {
  const scores = Object.keys(shown[0]?.artifact.accuracy ?? {});
  const heads = ['p50', 'p99', 'speed-up', 'size', ...scores, 'load', 'peak memory'];
  const rows = shown.map((one): Content[] => {
    const { artifact } = one;
    return [
      nameCell(one),
      orDash(artifact.latency_ms?.p50, humanMilliseconds),
      orDash(artifact.latency_ms?.p99, humanMilliseconds),
      artifact.role === 'baseline'
        ? 'baseline'
        : orDash(artifact.versus_baseline?.speedup?.value, humanRatio),
      orDash(artifact.served === null ? artifact.bytes : null, humanBytes),
      ...scores.map((score) => orDash(artifact.accuracy[score], (value) => value.toFixed(4))),
      orDash(artifact.load_ms, humanMilliseconds),
      orDash(artifact.peak_memory_bytes, humanBytes),
    ];
  });
  const columns = [{ head: 'artifact' }, ...heads.map((head) => ({ head, numeric: true }))];
  return html`<h3>Artifacts</h3>
    ${dataTable('Artifacts', columns, rows)}`;
}

/** Which kernels the runtime chose, and what was left in floats. */
export function kernelTable({ shown }: ResultView): Html {
  const known = shown.filter(({ artifact }) => artifact.kernels !== null);
  if (known.length === 0) return nothing;
  const rows = known.map((one): Content[] => {
    const kernels = one.artifact.kernels!;
    return [
      nameCell(one),
      kernels.integer,
      kernels.float,
      orDash(kernels.integer_share_of_macs, humanShare),
      kernels.dequantized_weights,
    ];
  });
  const heads = ['integer', 'float', 'MACs in integers', 'weights dequantized at every run'];
  const columns = [{ head: 'artifact' }, ...heads.map((head) => ({ head, numeric: true }))];
  return html`<h3>Kernels</h3>
    ${dataTable('Kernels', columns, rows)}${known.map(leftFloat)}`;
}

function leftFloat({ artifact, mark, name }: Shown): Html {
  const kernels = artifact.kernels;
  if (kernels === null || kernels.integer === 0 || kernels.left_float.length === 0) return nothing;
  const title = `Left float in ${mark} ${name}: ${kernels.left_float.length}`;
  return html`<details>
    <summary>${title}</summary>
    ${dataTable(
      title,
      [{ head: 'node' }, { head: 'operator' }, { head: 'reason' }],
      kernels.left_float.map(({ node, op, reason }) => [node, op, reason]),
    )}
  </details>`;
}

/** How far each output of the candidates is from the baseline's. */
export function outputTable({ shown }: ResultView): Html {
  const rows = shown.flatMap((one) =>
    (one.artifact.outputs?.by_output ?? []).map((output): Content[] => [
      output.name,
      nameCell(one),
      orDash(output.agreement, humanShare),
      orDash(output.cosine, (value) => value.toFixed(5)),
      orDash(output.sqnr_db, (value) => `${value.toFixed(1)} dB`),
      orDash(output.max_abs, (value) => value.toPrecision(3)),
    ]),
  );
  if (rows.length === 0) return nothing;
  const heads = ['agreement', 'cosine', 'SQNR', 'largest error'];
  return html`<h3>Outputs against the baseline</h3>
    ${dataTable(
      'Outputs against the baseline',
      [{ head: 'output' }, { head: 'artifact' }, ...heads.map((head) => ({ head, numeric: true }))],
      rows,
    )}`;
}

function nameCell({ mark, name, tint }: Shown): Html {
  return html`<span class="chip ${tint}">${mark}</span> ${name}`;
}

function orDash<T extends number>(value: T | null | undefined, format: (value: T) => string): string {
  return value == null ? '–' : format(value);
}
