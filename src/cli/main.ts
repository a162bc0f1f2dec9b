import { Command, CommanderError } from 'commander';
import { commands } from './commands/list.js';
import { failureOf, stackOf } from './errors.js';
import { endingSignals, type EndingSignal } from './process.js';
import type { OutputStream, ProcessLike, SignalSource } from './process.js';
import { thisTool } from '../tool.js';
import { Terminal, type TalkFlags } from './terminal.js';

/** How long a command may take to clean up after a signal before it is ended. */
const graceMilliseconds = 3000;

async function programFor(
  owner: ProcessLike,
  terminal: Terminal,
  named: string | undefined,
): Promise<Command> {
  const program = new Command('infer-opt')
    .description('Makes trained ONNX models small and fast, and proves it.')
    .version(thisTool().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    // Names alone in the list of commands: their arguments are in the help of each.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => owner.stdout.write(text),
      writeErr: (text) => owner.stderr.write(text),
      getOutHelpWidth: () => helpWidth(owner.stdout),
      getErrHelpWidth: () => helpWidth(owner.stderr),
      // Errors of usage are thrown, and printed below like any other error.
      outputError: () => undefined,
    })
    .hook('preAction', (_, action) => {
      terminal.configure(action.opts<TalkFlags>());
      // A signal may have come before the command could listen.
      terminal.signal.throwIfAborted();
    });
  for (const { name, summary, load } of commands) {
    const command = program.command(name).description(summary);
    if (name === named) (await load())(command, terminal);
  }
  program.addHelpText(
    'after',
    `
The result goes to stdout; progress, warnings and errors go to stderr.
Exit status: 0 done, 1 a gate failed or could not be measured, 2 bad usage,
model or data, 3 a tool, provider or device is missing or failed, 70 a bug of
ours, 130/143 interrupted/terminated.`,
  );
  return program;
}

/**
 * The command line: parses `argv`, runs one command, and sets the exit status (it never ends the process in
 * the middle of a write). Signals abort the command, which then has a moment to clean up.
 *
 * @param signals those of the process itself unless somebody else hands them on
 */
export async function run(owner: ProcessLike, signals: SignalSource = owner): Promise<void> {
  const abort = new AbortController();
  const terminal = new Terminal(owner, abort.signal);
  const words = owner.argv.slice(2);
  let interrupted: number | undefined;

  // A reader that went away (`| head`) is no error of the job: its exit status still counts.
  const ignoreClosedPipe = (error: Error): void => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  };
  owner.stdout.on('error', ignoreClosedPipe);
  owner.stderr.on('error', ignoreClosedPipe);

  const stop = (status: number) => (): void => {
    if (interrupted !== undefined) owner.exit(status);
    interrupted = status;
    owner.exitCode = status;
    abort.abort();
    setTimeout(() => owner.exit(status), graceMilliseconds).unref();
  };
  const listeners = Object.entries(endingSignals).map(
    ([signal, status]) => [signal as EndingSignal, stop(status)] as const,
  );
  for (const [signal, listener] of listeners) signals.on(signal, listener);

  const report = (thrown: unknown, command: string | undefined): number => {
    const failure = failureOf(thrown, command);
    terminal.close();
    terminal.error(failure.message, failure.hint);
    if (failure.bug || words.includes('--verbose')) owner.stderr.write(`${stackOf(thrown)}\n`);
    return failure.status;
  };
  const onUncaught = (thrown: unknown): void => {
    owner.exit(interrupted ?? report(thrown, undefined));
  };
  owner.on('uncaughtException', onUncaught);

  const [first, second] = words;
  const named = commands.find(({ name }) => name === (first === 'help' ? second : first))?.name;
  try {
    const program = await programFor(owner, terminal, named);
    await program.parseAsync(words, { from: 'user' });
    owner.exitCode = interrupted ?? terminal.status;
  } catch (thrown) {
    if (interrupted !== undefined) owner.exitCode = interrupted;
    else if (thrown instanceof CommanderError && isHelp(thrown)) owner.exitCode = words.length === 0 ? 2 : 0;
    else owner.exitCode = report(thrown, named);
  } finally {
    terminal.close();
    for (const [signal, listener] of listeners) signals.off(signal, listener);
    owner.off('uncaughtException', onUncaught);
  }
}

/** Wider lines than this are hard to read, however wide the terminal is. */
function helpWidth(stream: OutputStream): number {
  return Math.min(stream.columns ?? 80, 100);
}

/** Help or version was asked for and printed; commander reports that as an error too. */
function isHelp(error: CommanderError): boolean {
  return ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
}
