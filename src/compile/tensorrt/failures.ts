import { InferOptError, messageOf, type ErrorCode } from '../../errors.js';
import type { RunOutcome } from './run.js';

/** One way in which trtexec fails, and what it means. Adding one: an entry, the particular before the general. */
interface KnownFailure {
  readonly kind: FailureKind;
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly say: (found: RegExpExecArray) => string;
  readonly hint: string;
}

export type FailureKind =
  | 'option'
  | 'parser'
  | 'memory'
  | 'no-device'
  | 'engine'
  | 'shapes'
  | 'library'
  | 'disk'
  | 'timing-cache'
  | 'unknown';

const known: readonly KnownFailure[] = [
  {
    kind: 'option',
    pattern: /Unknown option: (\S+)/,
    code: 'usage',
    say: ([, option = '']) => `this trtexec does not know the option ${option}`,
    hint: 'see "trtexec --help" for the options of this version; words behind "--" go to it as they are',
  },
  {
    kind: 'library',
    pattern: /error while loading shared libraries: ([^:]+)|Could not load library (\S+)/,
    code: 'environment',
    say: ([, one, other]) => `trtexec misses the library ${one ?? other ?? ''}`,
    hint: "add TensorRT's lib folder and CUDA's to LD_LIBRARY_PATH",
  },
  {
    kind: 'no-device',
    pattern:
      /no CUDA-capable device|CUDA driver version is insufficient|Cuda failure: (?:35|100|999)|CUDA initialization failure/i,
    code: 'environment',
    say: () => 'trtexec finds no GPU that it can use, or a driver that is too old',
    hint: 'check nvidia-smi; in a container start it with --gpus all',
  },
  {
    kind: 'memory',
    pattern: /OutOfMemory|out of memory|Requested amount of GPU memory/i,
    code: 'environment',
    say: () => 'the GPU has not enough free memory for this build',
    hint: 'end other programs on the GPU, give --workspace a smaller size, or a --profile with smaller shapes',
  },
  {
    kind: 'timing-cache',
    pattern: /timing cache.*(?:miss|not found|corrupt|mismatch|fail)/i,
    code: 'environment',
    say: () => 'the timing cache does not fit this build',
    hint: 'build once without --locked-timing-cache, or with --timing-cache none',
  },
  {
    kind: 'engine',
    pattern:
      /(?:deserialize|deserialization|Serialization assertion|magic tag|engine plan file is not compatible|empty engine).*/i,
    code: 'environment',
    say: ([what]) => `the engine cannot be loaded: ${messageOf(what)}`,
    hint: 'it was cut off, or made by another version of TensorRT or for another GPU: build it anew with --force',
  },
  {
    kind: 'parser',
    pattern:
      /(?:In node .*|While parsing node .*|No importer registered for op: .*|ModelImporter\.cpp.*|Failed to parse onnx file)/i,
    code: 'model',
    say: ([what]) => `TensorRT cannot parse the model: ${messageOf(what)}`,
    hint: 'see --dry-run for what is known to be in its way; another export or TensorRT version may do',
  },
  {
    kind: 'shapes',
    pattern:
      /.*(?:optimization profile|Static model does not take explicit shapes|shape tensor|setInputShape).*/i,
    code: 'usage',
    say: ([what]) => `the shapes do not fit: ${messageOf(what)}`,
    hint: 'give --profile INPUT=MIN:OPT:MAX for the inputs with free dims, and for these alone',
  },
  {
    kind: 'disk',
    pattern: /No space left on device/i,
    code: 'output',
    say: () => 'no space is left on the disk for the engine',
    hint: 'free some space, or write to another disk',
  },
];

/** The cause of a failed run: the first error that means something, not the last one that follows from it. */
export function failureKind(outcome: RunOutcome): FailureKind {
  return causeOf(outcome)?.[0].kind ?? 'unknown';
}

function causeOf({ log }: RunOutcome): readonly [KnownFailure, RegExpExecArray] | undefined {
  for (const lines of [log.errors, log.warnings, log.lastLines]) {
    for (const failure of known) {
      for (const line of lines) {
        const found = failure.pattern.exec(line);
        if (found !== null) return [failure, found];
      }
    }
  }
  return undefined;
}

/** A failed run as an error in one line; the log is named in the hint. */
export function failureError(outcome: RunOutcome, doing: string): InferOptError {
  const { log, logFile, signal, timedOut, exitCode } = outcome;
  const kept = logFile === undefined ? '' : `; the whole log is in ${logFile}`;
  if (timedOut) {
    return new InferOptError(
      'environment',
      `${doing} took longer than ${outcome.timeLimitMs / 1000} s and was stopped`,
      {
        hint: `give more time with --time-limit, or build faster with --builder-level 2${kept}`,
      },
    );
  }
  const cause = causeOf(outcome);
  if (cause !== undefined) {
    const [failure, found] = cause;
    return new InferOptError(failure.code, `${doing} failed: ${failure.say(found)}`, {
      hint: `${failure.hint}${kept}`,
    });
  }
  if (signal !== null) {
    const memory = signal === 'SIGKILL' ? ': the system may have run out of memory' : '';
    return new InferOptError('environment', `${doing} failed: trtexec was ended by ${signal}${memory}`, {
      hint: `see the system's log for who ended it${kept}`,
    });
  }
  const said = log.errors[0] ?? log.lastLines.at(-1);
  const reason =
    exitCode === 0 && log.passed === undefined
      ? 'trtexec ended without saying that it passed'
      : (said ?? `trtexec ended with status ${exitCode ?? 'unknown'}`);
  return new InferOptError('environment', `${doing} failed: ${messageOf(reason)}`, {
    hint: `see what it said before${kept || ' with --verbose behind "--"'}`,
  });
}
