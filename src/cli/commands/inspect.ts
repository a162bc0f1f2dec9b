import type { Command } from 'commander';
import { withCommonOptions, withTargetOption } from '../options.js';
import type { CommonFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface InspectFlags extends CommonFlags {
  readonly target: string;
}

/** `infer-opt inspect`: what a model is. */
export function inspect(command: Command, terminal: Terminal): void {
  withTargetOption(command.argument('<model>', 'the ONNX model')).action(
    async (model: string, flags: InspectFlags) => {
      const { inspectModel } = await import('../../jobs/inspect.js');
      const { inspectText } = await import('../../report/inspect-text.js');
      const inspection = await inspectModel({ model, target: flags.target });
      for (const warning of inspection.warnings) terminal.warn(warning);
      await terminal.result(inspection, () => inspectText(inspection));
    },
  );
  withCommonOptions(command, ['infer-opt inspect model.onnx', 'infer-opt inspect model.onnx --json']);
}
