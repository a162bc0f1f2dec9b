import { Option, type Command } from 'commander';
import { reportFormats } from '../../report/formats.js';
import { namesOf, summariesOf } from '../declared.js';
import type { ReportFlags } from '../report.js';
import type { Terminal } from '../terminal.js';

/** `infer-opt report`: the same result for other readers; `report merge` puts results side by side. */
export function report(command: Command, terminal: Terminal): void {
  command
    .usage('[options] <result>\n       infer-opt report merge [options] <results...>')
    // A command of its own would have to share its flags: the shell reads them before it knows which one is meant.
    .argument(
      '<results...>',
      'a result of bench, optimize or compare --json; comparisons may follow a bench result',
    )
    .addOption(
      new Option(
        '--to <format>',
        'what to make; by the ending of the output, else html, or json where results are merged',
      ).choices(['json', ...namesOf(reportFormats)]),
    )
    .option('-o, --output <path>', 'file to write; stdout without')
    .option('--quiet', 'no notes or warnings on stderr')
    .option('--verbose', 'the stack of an error')
    .action(async (words: readonly string[], flags: ReportFlags) => {
      const { makeReport } = await import('../report.js');
      const text = await makeReport(words, flags, terminal.signal);
      if (text !== undefined) await terminal.result({}, () => text);
    })
    .addHelpText('after', () => summariesOf('Formats', reportFormats))
    .addHelpText(
      'after',
      '\nExamples:\n  infer-opt report result.json --to html -o report.html\n' +
        '  infer-opt report optimized/optimize.json -o search.html\n' +
        '  infer-opt report result.json compare.json -o report.html\n' +
        '  infer-opt report merge x86.json arm64.json -o all.json',
    );
}
