import type { Command } from 'commander';
import { withCommonOptions, withDataOptions } from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface CompareFlags extends CommonFlags, DataFlags {}

/** `infer-opt compare`: value by value, where an artifact's error comes from. */
export function compare(command: Command, terminal: Terminal): void {
  command
    .argument('<baseline>', 'the original ONNX model')
    .argument('<candidate>', 'what was made of it')
    .action(async (baseline: string, candidate: string, flags: CompareFlags) => {
      const { compareModels } = await import('../../quantize/compare/compare.js');
      const { compareText } = await import('../../report/compare-text.js');
      const result = await compareModels({
        baseline,
        candidate,
        data: flags.data,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        ...(flags.threads === undefined ? {} : { threads: flags.threads }),
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => compareText(result, terminal.out));
    });
  withCommonOptions(withDataOptions(command), [
    'infer-opt compare model.onnx model.int8.onnx --data dataset.yaml',
  ]);
}
