import { Option, type Command } from 'commander';
import { reportFormats } from '../../report/formats.js';
import { namesOf, summariesOf } from '../declared.js';
import type { ReportWishes } from '../report.js';
import type { Terminal } from '../terminal.js';

/** `infer-opt report`: the same result for other readers; `report merge` puts results side by side. */
export function report(command: Command, terminal: Terminal): void {
  const define = (one: Command, formats: readonly string[], byDefault: string): Command =>
    one
      .addOption(new Option('--to <format>', 'what to make').choices(formats).default(byDefault))
      .option('-o, --output <path>', 'file to write; stdout without')
      .option('--quiet', 'no notes or warnings on stderr')
      .option('--verbose', 'the stack of an error')
      .action(async (paths: string | readonly string[], flags: ReportWishes) => {
        const { makeReport } = await import('../report.js');
        const text = await makeReport([paths].flat(), flags, terminal.signal);
        if (text !== undefined) await terminal.result({}, () => text);
      });
  define(
    command.argument('<result>', 'a result of bench --json, or of report merge'),
    namesOf(reportFormats),
    'html',
  );
  define(
    command
      .command('merge')
      .description('put several results side by side, as one JSON file or in any format')
      .argument('<results...>', 'results of bench --json'),
    ['json', ...namesOf(reportFormats)],
    'json',
  );
  command
    .addHelpText('after', () => summariesOf('Formats', reportFormats))
    .addHelpText(
      'after',
      '\nExamples:\n  infer-opt report result.json --to html -o report.html\n' +
        '  infer-opt report merge x86.json arm64.json -o all.json',
    );
}
