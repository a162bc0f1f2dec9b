import { CommanderError } from 'commander';
import { InferOptError, messageOf, type ErrorCode } from '../errors.js';
import { systemReasonOf } from '../output-file.js';

/** What the shell prints and returns for something that was thrown. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  readonly hint: string | undefined;
  /** Our own bug: the stack is shown whatever the flags are. */
  readonly bug: boolean;
}

const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  model: 2,
  data: 2,
  output: 2,
  environment: 3,
  internal: 70,
};

const reportHint = 'this is a bug in infer-opt; please report it with the command and the lines below';

/** Turns anything thrown into an exit status, one line, and what to do. */
export function failureOf(thrown: unknown, command: string | undefined): Failure {
  if (thrown instanceof CommanderError) return usageFailure(thrown, command);
  if (thrown instanceof InferOptError) {
    const bug = thrown.code === 'internal';
    return {
      status: statusOfCode[thrown.code],
      message: messageOf(thrown),
      hint: thrown.hint ?? (bug ? reportHint : undefined),
      bug,
    };
  }
  const system = systemFailure(thrown);
  return system ?? { status: 70, message: messageOf(thrown), hint: reportHint, bug: true };
}

/** What the system refused, where it says about which file: that is no bug of ours. */
function systemFailure(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { path, syscall, code } = thrown as NodeJS.ErrnoException;
  const reason =
    code === 'ENOENT'
      ? ([
          'it is not there (any more)',
          'check the path; leave files alone while they are worked on',
        ] as const)
      : systemReasonOf(thrown);
  if (path === undefined || syscall === undefined || reason === undefined) return undefined;
  return { status: 2, message: `${path}: ${reason[0]}`, hint: reason[1], bug: false };
}

function usageFailure(error: CommanderError, command: string | undefined): Failure {
  const [first = '', ...rest] = error.message.split('\n');
  const suggestion = /\((Did you mean .*)\)/.exec(rest.join(' '))?.[1];
  const help = command === undefined ? 'infer-opt --help' : `infer-opt ${command} --help`;
  return {
    status: 2,
    message: messageOf(first.replace(/^error: /, '')),
    hint: suggestion ?? `see ${help}`,
    bug: false,
  };
}

/** The stack of an error and of everything that caused it. */
export function stackOf(thrown: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  const visit = (error: unknown, prefix: string): void => {
    if (seen.has(error)) return;
    seen.add(error);
    if (!(error instanceof Error)) {
      parts.push(`${prefix}${String(error)}`);
      return;
    }
    parts.push(`${prefix}${error.stack ?? `${error.name}: ${error.message}`}`);
    if (error.cause !== undefined) visit(error.cause, 'caused by: ');
    if (error instanceof AggregateError) for (const one of error.errors) visit(one, 'one of: ');
  };
  visit(thrown, '');
  return parts.join('\n');
}
