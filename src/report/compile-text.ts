import type { CompileResult } from '../compile/compile.js';
import type { OnnxruntimeReport } from '../compile/onnxruntime/report.js';
import { humanBytes, humanMilliseconds, humanRatio } from './humanize.js';
import { paragraph } from './paragraph.js';
import type { Style } from './style.js';

const width = 78;

export type LabelledLine = readonly [label: string, text: string];

/** What compile did, in words. */
export function compileText(result: CompileResult, style: Style): string {
  const lines: LabelledLine[] = [stateLine(result, style), ...onnxruntimeLines(result.report, style)];
  lines.push(['tied to', result.tied_to]);
  return lines.map(([label, text]) => paragraph(label.padEnd(11), text, width)).join('\n');
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
