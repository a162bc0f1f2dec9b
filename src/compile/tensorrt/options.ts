import { isAtLeast, type TensorRtVersion } from './version.js';

interface OptionHistory {
  /** The first version that knows the option; absent for those that were always there. */
  readonly since?: string;
  /** The first version that refuses it. */
  readonly until?: string;
}

/**
 * When trtexec came to know its options, and when it forgot them (samples/common/sampleOptions.cpp of the tags 8.0 to
 * 11.1 of NVIDIA/TensorRT, and its pages "Migrating trtexec Usage"). The tags of 9 were not to be had: its --bf16 is that
 * of the release notes of 9.0 and of what vs-mlrt hands to it, the rest is taken to be as in 8.6. That matters to a dry run
 * alone, as a trtexec that is there is asked for its help. Only what the commands here use: anything else is for the user
 * to give.
 */
const histories: Readonly<Record<string, OptionHistory>> = {
  '--onnx': {},
  '--saveEngine': {},
  '--loadEngine': {},
  '--minShapes': {},
  '--optShapes': {},
  '--maxShapes': {},
  '--shapes': {},
  '--device': {},
  '--sparsity': {},
  '--timingCacheFile': {},
  '--warmUp': {},
  '--duration': {},
  '--iterations': {},
  '--exportTimes': {},
  '--loadInputs': {},
  '--exportOutput': {},
  '--workspace': { until: '10.0' },
  '--memPoolSize': { since: '8.4' },
  '--buildOnly': { until: '10.0' },
  '--skipInference': { since: '8.6' },
  '--profilingVerbosity': { since: '8.4' },
  '--exportLayerInfo': { since: '8.4' },
  '--builderOptimizationLevel': { since: '8.6' },
  '--hardwareCompatibilityLevel': { since: '8.6' },
  '--versionCompatible': { since: '8.6' },
  '--profile': { since: '10.0' },
  '--useProfile': { since: '10.0' },
  '--stripWeights': { since: '10.0' },
  '--errorOnTimingCacheMiss': { since: '10.0' },
  '--fp16': { until: '11.0' },
  '--bf16': { since: '9.0', until: '11.0' },
  '--int8': { until: '11.0' },
  '--fp8': { since: '8.6', until: '11.0' },
  // Accepted and without effect since 11.0, where the graph always decides.
  '--stronglyTyped': { since: '10.0', until: '11.0' },
  '--useCudaGraph': { until: '11.0' },
  '--useSpinWait': { until: '11.0' },
  '--noDataTransfers': { until: '11.0' },
  // What the three above became: their opposites.
  '--includeDataTransfers': { since: '11.0' },
};

/** The version that a dry run assumes where there is no trtexec: the last line that takes precision as a flag. */
export const assumedVersion = '10.14.1';

/** Whether a version of trtexec takes an option, by the table above. Unknown options are not taken. */
export function versionTakes(version: TensorRtVersion, option: string): boolean {
  const history = histories[option];
  if (history === undefined) return false;
  if (history.since !== undefined && !isAtLeast(version, history.since)) return false;
  return history.until === undefined || !isAtLeast(version, history.until);
}

/** Every option that a help text names: "--fp16", "--versionCompatible". */
export function optionsInHelp(help: string): ReadonlySet<string> {
  return new Set([...help.matchAll(/(?<![\w-])--[A-Za-z][\w-]*/g)].map(([option]) => option));
}
