import { statSync } from 'node:fs';

/**
 * The rows of one model, as Markdown.
 * @param {import('./models.js').PeerModel} one
 * @param {readonly any[]} made cells of the tools, in the order of the table
 * @param {any} measured
 */
export function modelTable(one, made, measured) {
  const labelled = one.data !== undefined;
  const original = measured.artifacts?.[0];
  const lines = [`## ${one.name}`, ''];
  if (original !== undefined) {
    const top1 = original.accuracy?.top1;
    const judged = labelled ? `, top-1 ${top1.toFixed(4)} on ${measured.dataset.samples} samples` : '';
    const megabytes = (statSync(one.model).size / 1e6).toFixed(2);
    lines.push(`The original: ${original.latency_ms.p50.toFixed(3)} ms, ${megabytes} MB${judged}.`, '');
  }
  if (measured.failure !== undefined) lines.push(`Not measured: ${measured.failure}.`, '');
  const heads = ['tool', 'worked', 'seconds', 'peak MB', 'size', 'speed-up'];
  heads.push(...(labelled ? ['top-1 drop'] : ['SQNR of outputs']));
  lines.push(`| ${heads.join(' | ')} |`, `| ${heads.map(() => '---').join(' | ')} |`);
  const failures = [];
  for (const cell of made) {
    const found = artifactOf(measured, cell);
    const failure = cell.failure ?? found?.error?.replace(/^[^:]*\.onnx: /, '');
    if (failure !== undefined && failure !== null) failures.push(`- ${cell.tool}: ${plain(failure)}`);
    const { speedup, drop } = found?.versus_baseline ?? {};
    const fifth = cell.bytes === undefined ? '' : `${(cell.bytes / statSync(one.model).size).toFixed(2)}x`;
    const last = labelled ? interval(drop?.top1, 4) : number(found?.outputs?.sqnr_db, 1, ' dB');
    const cost = [cell.seconds.toFixed(1), cell.megabytes.toFixed(0)];
    const worked = cell.failure !== undefined ? 'no' : found?.error == null ? 'yes' : 'does not run';
    const row = [cell.tool, worked, ...cost, fifth, interval(speedup, 2, 'x'), last];
    lines.push(`| ${row.join(' | ')} |`);
  }
  if (failures.length > 0) lines.push('', 'What failed:', '', ...failures);
  return lines;
}

/** @param {any} measured @param {any} cell what bench found of its bytes */
export function artifactOf(measured, { sha256, failure }) {
  const at = failure === undefined ? (measured.sums?.indexOf(sha256) ?? -1) : -1;
  return at < 0 ? undefined : measured.artifacts[at + 1];
}

/** One line without what Markdown would take for its own. */
function plain(text) {
  return text
    .replaceAll(/\s+/g, ' ')
    .replace(/\/onnxruntime_src\S+:\d+ .*?(?=\[ONNXRuntimeError)/, '')
    .replaceAll('|', '/')
    .replaceAll('<', '&lt;')
    .slice(0, 200);
}

function interval(measured, digits, unit = '') {
  if (measured == null) return '';
  const ends =
    measured.ci95 == null ? '' : ` (${measured.ci95.map((end) => end.toFixed(digits)).join(' to ')})`;
  return `${measured.value.toFixed(digits)}${unit}${ends}`;
}

function number(value, digits, unit) {
  return value == null ? '' : `${value.toFixed(digits)}${unit}`;
}
