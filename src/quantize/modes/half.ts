import { convertHalf } from '../half/convert-half.js';
import type { HalfType } from '../half/half-type.js';
import { watchRanges } from '../half/watch.js';
import { prepare } from '../prepare.js';
import type { Mode } from './mode.js';

const unwatched =
  'nobody has seen the values in between: with --data those that float16 cannot hold stay float32';

function halfMode(
  name: string,
  dtype: HalfType,
  opset: number,
  summary: string,
  hints: readonly string[],
): Mode {
  return {
    name,
    summary,
    // On this machine 16-bit floats are converted back and forth: never faster.
    suggests: () => false,
    async apply(model, context) {
      const preparation = await prepare(model, {
        opset: context.opset ?? opset,
        strict: context.opset !== undefined,
      });
      const watched =
        context.sampled && dtype === 'float16'
          ? await watchRanges(model, context.samples, context)
          : undefined;
      const report = convertHalf(model, {
        watched,
        dtype,
        keepIo: context.keepIo,
        isExcluded: context.exclusions.excludes,
      });
      return {
        changed: report.converted,
        left: report.kept,
        warnings: preparation.warnings,
        usedSamples: watched !== undefined,
        hints: watched === undefined && dtype === 'float16' ? [...hints, unwatched] : hints,
      };
    },
  };
}

export const float16Mode = halfMode(
  'fp16',
  'float16',
  17,
  'float16 weights and activations: for GPUs, and half the size anywhere',
  [
    'onnxruntime on the CPU computes most float16 operators by converting to float32 and back: use it on a GPU',
  ],
);

export const bfloat16Mode = halfMode(
  'bf16',
  'bfloat16',
  22,
  'bfloat16 weights and activations: for GPUs and accelerators that take it',
  ['onnxruntime on the CPU has no bfloat16 kernels and will refuse this file: it is for other targets'],
);
