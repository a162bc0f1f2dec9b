import { carries } from '../graph-precision.js';
import { demand, isStronglyTyped, takes } from '../trtexec.js';
import type { EngineJob } from './job.js';

/**
 * Until 9 precision is a flag. Version 10 takes both ways: what the graph carries is built strongly typed, as 11 does
 * it, so that both give the same engine; what it does not carry is a flag. From 11 on there are no flags.
 */
export function precisionWords({ trtexec, precision, graph }: EngineJob): string[] {
  if (isStronglyTyped(trtexec)) return [];
  const typed = carries(graph, precision) || precision === 'int8' || precision === 'fp8';
  if (typed && precision !== 'fp32' && takes(trtexec, '--stronglyTyped')) return ['--stronglyTyped'];
  if (precision === 'fp32') return [];
  demand(trtexec, `--${precision}`, `--precision ${precision}`);
  // The float part of a quantized graph keeps its 16 bits only when these are allowed too.
  const rest = graph.half !== undefined && graph.half !== precision ? [`--${graph.half}`] : [];
  return [`--${precision}`, ...rest];
}
