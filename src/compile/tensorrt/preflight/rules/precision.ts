import { carries } from '../../graph-precision.js';
import { isStronglyTyped } from '../../trtexec.js';
import { formatVersion, isAtLeast } from '../../version.js';
import type { Finding } from '../finding.js';
import type { PreflightContext, PreflightRule } from '../rule.js';

const name = 'precision';

/** What is asked has to be in the graph where the version takes it from there: else the engine silently is FP32. */
export const precisionInGraph: PreflightRule = {
  name,
  summary: 'a precision that neither the graph nor a flag can give',
  check(context) {
    const { precision, graph, trtexec } = context;
    const version = formatVersion(trtexec.version);
    if (precision === 'int8' || precision === 'fp8') {
      if (graph.quantized === precision) return [];
      const hint =
        precision === 'int8'
          ? 'infer-opt quantize MODEL -o OUT --target tensorrt --mode static --data DATASET, and compile that'
          : 'give a model with QuantizeLinear to float8e4m3fn';
      return [
        found(
          `--precision ${precision} needs QuantizeLinear of that type in the graph, which has none`,
          hint,
        ),
      ];
    }
    if (graph.quantized !== undefined) {
      return [
        found(
          `the graph is quantized to ${graph.quantized}, and --precision ${precision} was asked for`,
          `leave --precision out, or compile the float model`,
        ),
      ];
    }
    if (isStronglyTyped(trtexec) && !carries(graph, precision)) {
      const hint =
        precision === 'fp32'
          ? 'compile the float32 model'
          : `infer-opt quantize MODEL -o OUT --mode ${precision}, and compile that`;
      return [
        found(
          `TensorRT ${version} takes the precision from the graph, which is ${graph.half ?? 'fp32'} and not ${precision}`,
          hint,
        ),
      ];
    }
    return weaklyTyped(context);
  },
};

function weaklyTyped({ precision, graph, trtexec }: PreflightContext): Finding[] {
  const byFlag = (precision === 'fp16' || precision === 'bf16') && !carries(graph, precision);
  if (!byFlag || !isAtLeast(trtexec.version, '10.14')) return [];
  return [
    found(
      `TensorRT ${formatVersion(trtexec.version)} still takes --${precision} and calls it deprecated; 11 refuses it`,
      `let the graph carry it: infer-opt quantize MODEL -o OUT --mode ${precision}`,
      'warning',
    ),
  ];
}

function found(message: string, hint: string, severity: Finding['severity'] = 'error'): Finding {
  return { rule: name, severity, message, count: 1, hint, fixable: false };
}
