import { InvalidArgumentError, Option, type Command } from 'commander';
import type { TalkFlags } from './terminal.js';

/** Flags of every command. */
export interface CommonFlags extends TalkFlags {
  /** Threads the runtime computes with; undefined leaves the choice to the command. */
  readonly threads?: number;
  /** Seed of everything drawn at random. */
  readonly seed: number;
}

/** Flags of every command that reads samples. */
export interface DataFlags {
  readonly data?: string;
  readonly samples?: number;
  readonly split?: SplitFlag;
}

/** How many samples are for calibration and how many for evaluation; a part not named keeps its own size. */
export interface SplitFlag {
  readonly calibrate?: number;
  readonly evaluate?: number;
}

/** Adds what every command takes, and its example. */
export function withCommonOptions(command: Command, examples: readonly string[]): Command {
  return command
    .option('--threads <n>', 'threads the runtime computes with', wholeNumber(1, 1024))
    .addOption(seedOption())
    .option('--json', 'print the result as one JSON object on stdout')
    .option('--quiet', 'no progress, notes or warnings on stderr')
    .option('--verbose', 'more detail on stderr, and the stack of an error')
    .addHelpText(
      'after',
      `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((e) => `  ${e}`).join('\n')}`,
    );
}

/** Adds what every command takes that reads samples. */
export function withDataOptions(command: Command): Command {
  return command
    .option('--data <dataset>', 'dataset file (YAML), .npz, image folder or test_data_set folder')
    .option('--samples <n>', 'how many samples to use at most', wholeNumber(1, 100_000_000))
    .option('--split <parts>', 'sizes of the disjoint parts: calibrate=N,evaluate=M', splitOf);
}

/** Adds `-o, --output`, required. */
export function withOutputOption(
  command: Command,
  what = 'file to write; an existing one is replaced',
): Command {
  return command.requiredOption('-o, --output <path>', what);
}

/** Adds `--target`: the machine that artifacts are for. */
export function withTargetOption(command: Command): Command {
  return command.addOption(
    new Option('--target <target>', 'the machine that the artifact is for')
      .choices(['auto', 'x86', 'x86-avx2', 'arm64', 'web', 'tensorrt'])
      .default('auto'),
  );
}

function seedOption(): Option {
  return new Option('--seed <n>', 'seed of everything drawn at random')
    .argParser(wholeNumber(0, 0xffff_ffff))
    .default(1);
}

/** A parser for a whole number within limits (both included). */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
    if (value < least || value > most) {
      throw new InvalidArgumentError(`It must be from ${String(least)} to ${String(most)}.`);
    }
    return value;
  };
}

/** A parser for a list of whole numbers: "1,8,32". */
export function wholeNumbers(least: number, most: number): (text: string) => readonly number[] {
  const one = wholeNumber(least, most);
  return (text) => [...new Set(text.split(',').map((part) => one(part.trim())))];
}

/** A parser for a flag that may be given several times. */
export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration with its unit (500ms, 60s, 10m, 1h), in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  const value = match === null ? NaN : Number(match[1]) * durationUnits[match[2]!]!;
  if (!(value > 0))
    throw new InvalidArgumentError('It must be a time with its unit, such as 500ms, 60s, 10m or 1h.');
  return value;
}

/** The value of `--split`: calibrate=100,evaluate=400, or one of the two. */
export function splitOf(text: string): SplitFlag {
  const split: { calibrate?: number; evaluate?: number } = {};
  for (const part of text.split(',')) {
    const match = /^(calibrate|evaluate)=(\d+)$/.exec(part.trim());
    if (match === null || split[match[1] as keyof SplitFlag] !== undefined) {
      throw new InvalidArgumentError('It must be calibrate=N,evaluate=M, each at most once.');
    }
    split[match[1] as keyof SplitFlag] = wholeNumber(0, 100_000_000)(match[2]!);
  }
  return split;
}
