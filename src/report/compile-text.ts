import type { CompileResult } from '../compile/compile.js';
import type { OnnxruntimeReport } from '../compile/onnxruntime/report.js';
import type { Percentiles, TensorRtReport } from '../compile/tensorrt/report.js';
import { humanBytes, humanDuration, humanMilliseconds, humanRatio } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

export type LabelledLine = readonly [label: string, text: string];

/** What compile did, in words. */
export function compileText(result: CompileResult, style: Style): string {
  const lines: LabelledLine[] = [stateLine(result, style), ...reportLines(result.report, style)];
  lines.push(['tied to', result.tied_to]);
  const text = lines.map(([label, line]) => paragraph(label.padEnd(11), line, width)).join('\n');
  return `${text}${commandText(result)}`;
}

function reportLines(report: CompileResult['report'], style: Style): LabelledLine[] {
  return report.target === 'onnxruntime' ? onnxruntimeLines(report, style) : tensorRtLines(report, style);
}

function stateLine({ state, output, input, target }: CompileResult, style: Style): LabelledLine {
  if (state === 'planned' || output === null)
    return ['planned', `${input.path} for ${target}: nothing was written`];
  const size = `${humanBytes(output.bytes)}, ${humanRatio(output.bytes / input.bytes)} of ${humanBytes(input.bytes)}`;
  if (state === 'reused')
    return ['unchanged', `${output.path} is there already and matches its manifest (${size})`];
  return ['written', `${style.success(output.path)} (${size}), with ${output.path}.json`];
}

function onnxruntimeLines({ load, outputs, open_with }: OnnxruntimeReport, style: Style): LabelledLine[] {
  const lines: LabelledLine[] = [];
  if (load !== null) {
    const times = `${humanMilliseconds(load.original_ms)} to ${humanMilliseconds(load.compiled_ms)}`;
    const ratio =
      load.speedup > 1 ? style.success(humanRatio(load.speedup)) : style.warning(humanRatio(load.speedup));
    lines.push([
      'opens',
      `${ratio} as fast (${times}; faster in ${load.faster_in} of ${load.rounds} rounds)`,
    ]);
  }
  if (outputs !== null) {
    const same = outputs.identical
      ? 'the same, bit for bit'
      : `equal within ${outputs.max_abs.toPrecision(2)}`;
    lines.push(['outputs', `${same}, over ${outputs.samples} samples`]);
  }
  lines.push(['open with', `graphOptimizationLevel: '${open_with.graphOptimizationLevel}'`]);
  return lines;
}

function tensorRtLines(report: TensorRtReport, style: Style): LabelledLine[] {
  const { trtexec, precision, device, engine, layers, latency, accuracy } = report;
  const source = {
    asked: trtexec.path ?? '',
    given: 'as given, not asked',
    assumed: 'assumed: none was found',
  };
  const lines: LabelledLine[] = [['trtexec', `TensorRT ${trtexec.version} (${source[trtexec.source]})`]];
  if (device !== null) lines.push(['device', `${device.name}, driver ${device.driver}`]);
  lines.push(['precision', precision], ...profileLines(report));
  for (const fix of report.fixes) lines.push(['mended', fix]);
  for (const { severity, message, hint } of report.findings) {
    const label = severity === 'error' ? 'objection' : 'note';
    lines.push([label, `${message}: ${hint}`]);
  }
  if (engine === null) {
    if (report.findings.length === 0) lines.push(['preflight', style.success('nothing to object to')]);
    return lines;
  }
  const built = engine.build_seconds === null ? '' : `in ${humanDuration(1000 * engine.build_seconds)}, `;
  lines.push(['built', `${built}log in ${engine.log}`]);
  if (layers !== null) {
    const counts = Object.entries(layers.compute).map(([name, count]) => `${count} ${name}`);
    lines.push(['layers', `${layers.total}, of those that compute: ${counts.join(', ') || 'unknown'}`]);
  }
  if (latency !== null) {
    lines.push([
      'latency',
      `${percentilesText(latency.compute_ms)} on the GPU, ${latency.queries} queries of ${latency.batch}`,
    ]);
    lines.push(['throughput', `${latency.samples_per_s.toFixed(1)} samples a second`]);
    const { cuda_graph, spin_wait, transfers } = latency.method;
    const method = [cuda_graph ? 'CUDA graph' : 'no CUDA graph', spin_wait ? 'spin-wait' : 'no spin-wait'];
    lines.push(['measured', [...method, transfers ? 'with transfers' : 'without transfers'].join(', ')]);
  }
  if (accuracy !== null) {
    const sqnr = accuracy.sqnr_db === null ? 'no difference' : `SQNR ${accuracy.sqnr_db.toFixed(1)} dB`;
    const distance = `cosine ${accuracy.cosine.toFixed(5)}, max error ${accuracy.max_abs.toPrecision(3)}`;
    lines.push(['outputs', `${sqnr}, ${distance}, over ${accuracy.samples} samples of ${accuracy.dataset}`]);
  }
  return lines;
}

/** Not wrapped, so that it can be copied. */
function commandText({ state, report }: CompileResult): string {
  if (report.target !== 'tensorrt' || state !== 'planned' || report.commands.build.length === 0) return '';
  return `\n\n${report.commands.build.map(shellWord).join(' ')}`;
}

function profileLines({ profiles }: TensorRtReport): LabelledLine[] {
  return profiles.map((profile, index): LabelledLine => {
    const ranges = Object.entries(profile).map(
      ([input, { min, opt, max }]) => `${input} ${min.join('x')} : ${opt.join('x')} : ${max.join('x')}`,
    );
    return [profiles.length === 1 ? 'shapes' : `shapes ${index}`, ranges.join(', ')];
  });
}

function percentilesText({ p50, p99 }: Percentiles): string {
  const tail = p99 === null ? '' : `, p99 ${humanMilliseconds(p99)}`;
  return `p50 ${humanMilliseconds(p50)}${tail}`;
}

/** A word as a shell takes it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
