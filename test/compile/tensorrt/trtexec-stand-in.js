/**
 * A stand-in for trtexec, for tests alone: it builds nothing and measures nothing. It takes and refuses the options, prints
 * the log lines and writes the files of the versions 8.6.1, 10.2.0, 10.14.1 and 11.1.0, and fails in the ways that people
 * have reported, so that the real driver can be run through all of it without a GPU. No figure that it prints means
 * anything.
 *
 * Set by its caller: STAND_IN_VERSION, STAND_IN_FAILURE (see `failures` below), STAND_IN_GRAPH (the precision that a
 * strongly typed graph carries; int8 is seen by itself), STAND_IN_OUTPUTS (a file to hand out as --exportOutput),
 * STAND_IN_ANSWERS (a JSON object: what to hand out for inputs of that SHA-256), STAND_IN_QUERY_MS (how long a query takes),
 * STAND_IN_STATE (a folder that remembers earlier calls), STAND_IN_CALLS (a file that each call is noted in).
 *
 * Sources of the facts, all of github.com/NVIDIA/TensorRT unless said otherwise:
 *  [options]  samples/common/sampleOptions.cpp at the tags of these versions
 *  [main]     samples/trtexec/trtexec.cpp: help, "Unknown option", skipInference, exit by reportPass and reportFail
 *  [report]   samples/common/sampleReporting.cpp: summary, warnings, exportTimes, exportOutput
 *  [loop]     samples/common/sampleInference.cpp: warm-up and queries, until both --duration and --iterations are met
 *  [layers]   issues 4020 (detailed verbosity) and 4048 (names alone) show what exportLayerInfo writes
 *  [memory]   issue 4258: the lines of a build that runs out of memory on 10.3
 *  [parser]   issue 4587 and onnx/onnx-tensorrt's ModelImporter.cpp
 */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const version = process.env.STAND_IN_VERSION ?? '10.2.0';
const failure = process.env.STAND_IN_FAILURE ?? '';
const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
const isAtLeast = (a, b = 0) => major > a || (major === a && minor >= b);

const words = process.argv.slice(2);
if (process.env.STAND_IN_CALLS) appendFileSync(process.env.STAND_IN_CALLS, `${JSON.stringify(words)}\n`);

/** Two digits a part since 10, one before; 11 adds a build number. [main], issues 2514, 4177, 4587 */
const banner =
  major >= 10
    ? `v${major}${String(minor).padStart(2, '0')}${String(patch).padStart(2, '0')}`
    : `v${major}${minor}0${patch}`;
const title = `TensorRT.trtexec [TensorRT ${banner}]${isAtLeast(10, 9) ? ' [b20]' : ''} # trtexec ${words.join(' ')}`;
const stamp = () => '[11/24/2026-07:00:00] ';
const print = (text) => process.stdout.write(`${text}\n`);
const info = (text) => print(`${stamp()}[I] ${text}`);
const warn = (text) => print(`${stamp()}[W] ${text}`);
const error = (text) => process.stderr.write(`${stamp()}[E] ${text}\n`);

/** @param {string[]} lines */
function fail(...lines) {
  for (const line of lines) error(line);
  process.stderr.write(`&&&& FAILED ${title}\n`);
  // Set, not called at once: what was written to a pipe has to arrive.
  process.exitCode = failure === 'zero-exit' ? 0 : 1;
}

function pass() {
  print(`&&&& PASSED ${title}`);
  process.exitCode = 0;
}

/** [options]: what each of the four versions takes, as far as the driver could use it. */
const options = new Set([
  ...['--onnx', '--saveEngine', '--loadEngine', '--minShapes', '--optShapes', '--maxShapes', '--shapes'],
  ...[
    '--warmUp',
    '--duration',
    '--iterations',
    '--avgRuns',
    '--percentile',
    '--device',
    '--verbose',
    '--help',
  ],
  ...['--exportTimes', '--exportOutput', '--exportProfile', '--exportLayerInfo', '--profilingVerbosity'],
  ...['--sparsity', '--timingCacheFile', '--memPoolSize', '--loadInputs', '--plugins', '--noTF32'],
  ...['--skipInference', '--builderOptimizationLevel', '--hardwareCompatibilityLevel', '--versionCompatible'],
  // Kept as words without effect in 11.
  ...['--useCudaGraph', '--useSpinWait', '--noDataTransfers', '--separateProfileRun'],
  ...(isAtLeast(10)
    ? []
    : ['--workspace', '--buildOnly', '--explicitBatch', '--maxBatch', '--batch', '--deploy']),
  ...(isAtLeast(11) ? [] : ['--fp16', '--int8', '--fp8', '--best', '--calib', '--layerPrecisions']),
  ...(isAtLeast(10) && !isAtLeast(11) ? ['--bf16', '--int4'] : []),
  ...(isAtLeast(10)
    ? ['--stronglyTyped', '--stripWeights', '--allowWeightStreaming', '--dynamicPlugins']
    : []),
  ...(isAtLeast(10) ? ['--errorOnTimingCacheMiss', '--profile', '--useProfile'] : []),
  ...(isAtLeast(11) ? ['--noCudaGraph', '--noSpinWait', '--includeDataTransfers'] : []),
  ...(isAtLeast(11, 1) ? ['--loadRefOutputs', '--accuracyAlgorithm', '--tuneBuildRoutes'] : []),
]);

function help() {
  print('=== Model Options ===');
  for (const option of options) print(`  ${`${option}=spec`.padEnd(34)} What it does`);
  // The help of 10.14 calls these superseded. [options]
  if (isAtLeast(10, 14) && !isAtLeast(11))
    print('  Note: --fp16 and its like are superseded by strong typing');
}

const given = new Map();
for (const word of words) {
  const at = word.indexOf('=');
  given.set(at < 0 ? word : word.slice(0, at), at < 0 ? '' : word.slice(at + 1));
}

const failures = [
  '',
  'parser',
  'memory',
  'memory-once',
  'killed',
  'half-written',
  'wrong-precision',
  'no-engine',
];
failures.push(
  'hang',
  'no-device',
  'zero-exit',
  'layer-names',
  'timing-cache',
  'library',
  'unstable',
  'wrong-outputs',
);
if (!failures.includes(failure)) throw new Error(`no failure ${failure}`);

async function main() {
  if (failure === 'library') {
    process.stderr.write(
      'trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open shared object file\n',
    );
    process.exitCode = 127;
    return;
  }
  print(`&&&& RUNNING ${title}`);
  if (given.has('--help')) {
    help();
    return;
  }
  const unknown = [...given].filter(([option]) => !options.has(option));
  if (unknown.length > 0) {
    // The help first, then the reason: what looks like success in a long log. [main]
    help();
    return fail(...unknown.map(([option, value]) => `Unknown option: ${option} ${value}`));
  }
  // README of trtexec: builder flags for precision are not allowed with strong typing.
  if (given.has('--stronglyTyped') && ['--fp16', '--int8', '--best'].some((option) => given.has(option)))
    return fail('Strongly typed networks do not allow builder precision flags');
  info('=== Model Options ===');
  info(`TensorRT version: ${version}`);
  if (failure === 'no-device') return fail('Cuda failure: no CUDA-capable device is detected');
  if (given.has('--onnx')) return build();
  if (given.has('--loadEngine')) return load(given.get('--loadEngine'));
  help();
  pass();
}

/** What the layers compute in: flags until 10, the graph where it is strongly typed. */
function precisionOf(model) {
  const carried = model.includes('QuantizeLinear') ? 'int8' : (process.env.STAND_IN_GRAPH ?? 'fp32');
  if (failure === 'wrong-precision') return 'fp32';
  if (isAtLeast(11) || given.has('--stronglyTyped')) return carried;
  if (given.has('--int8')) return carried === 'int8' ? 'int8' : 'fp32';
  for (const name of ['fp16', 'bf16', 'fp8']) if (given.has(`--${name}`)) return name;
  return 'fp32';
}

async function build() {
  const file = given.get('--onnx');
  if (!existsSync(file))
    return fail(`Could not open file ${file}`, 'Failed to parse onnx file', 'Engine set up failed');
  const model = readFileSync(file, 'latin1');
  info('Start parsing network model.');
  if (failure === 'parser') {
    return fail(
      'In node 7 with name: odd and operator: Odd (checkFallbackPluginImporter): UNSUPPORTED_NODE: Plugin not found',
      'Failed to parse onnx file',
      'Parsing model failed',
      'Failed to create engine from model or file.',
      'Engine set up failed',
    );
  }
  info('Finished parsing network model. Parse time: 0.0704936');
  if (failure === 'timing-cache' && given.has('--timingCacheFile'))
    return fail(
      'Error[4]: timing cache mismatch: the cache was made for another device',
      'Engine set up failed',
    );
  if (failure === 'memory' || (failure === 'memory-once' && isFirst('memory'))) {
    error('Error[1]: [defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)');
    warn('[TRT] Requested amount of GPU memory (15485030400 bytes) could not be allocated.');
    return fail(
      'Error[10]: IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node)',
      'Engine could not be created from network',
      'Building engine failed',
      'Engine set up failed',
    );
  }
  if (failure === 'killed') process.kill(process.pid, 'SIGKILL');
  if (failure === 'hang') {
    // A helper of its own, which has to go as well.
    const helper = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
      stdio: 'inherit',
    });
    writeFileSync(join(process.env.STAND_IN_STATE, 'helper'), String(helper.pid));
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  const precision = precisionOf(model);
  const engine = JSON.stringify({ standIn: true, version, precision, filler: 'x'.repeat(2000) });
  if (failure !== 'no-engine')
    writeFileSync(given.get('--saveEngine'), failure === 'half-written' ? engine.slice(0, 700) : engine);
  if (given.has('--timingCacheFile')) writeFileSync(given.get('--timingCacheFile'), `measured by ${version}`);
  info('[TRT] Engine generation completed in 1.32574 seconds.');
  // 10 and 11 say it in full words, 8 and 9 too; the number keeps changing its digits. [main]
  info('Engine built in 58.1 sec.');
  info('Created engine with size: 12.3 MiB');
  if (given.has('--exportLayerInfo')) exportLayers(given.get('--exportLayerInfo'), precision);
  if (!given.has('--skipInference') && !given.has('--buildOnly')) return fail('the stand-in builds only');
  info('Skipped inference phase since --skipInference is added.');
  pass();
}

function isFirst(name) {
  const mark = join(process.env.STAND_IN_STATE, name);
  if (existsSync(mark)) return false;
  mkdirSync(mark);
  return true;
}

/** [layers] */
function exportLayers(file, precision) {
  if (failure === 'layer-names' || given.get('--profilingVerbosity') !== 'detailed') {
    writeFileSync(file, '{"Layers": ["conv1 + relu1"\n,"fc"\n],\n"Bindings": ["x"\n,"y"\n]}');
    return;
  }
  const words = { fp32: 'FP32', fp16: 'FP16', bf16: 'BF16', int8: 'Int8', fp8: 'FP8' };
  const format = (name) => `Channel major ${words[name]} format where channel % 4 == 0`;
  const tensor = (name, text) => ({
    Name: name,
    Location: 'Device',
    Dimensions: [1, 64, 56, 56],
    'Format/Datatype': text,
  });
  const compute = (name, of) => ({
    Name: name,
    LayerType: 'CaskConvolution',
    Inputs: [tensor('a', format(of))],
    Outputs: [tensor('b', format(of))],
    ParameterType: 'Convolution',
    Weights: {
      Type: { fp32: 'Float', fp16: 'Half', bf16: 'BFloat16', int8: 'Int8', fp8: 'FP8' }[of],
      Count: 9408,
    },
    StreamId: 0,
    Metadata: '',
  });
  const reformat = {
    Name: 'Reformatting CopyNode for Input Tensor 0 to conv1',
    LayerType: 'Reformat',
    Inputs: [tensor('x', 'Row major linear FP32')],
    Outputs: [tensor('a', format(precision))],
    ParameterType: 'Reformat',
  };
  const layers = [
    reformat,
    compute('conv1 + relu1', precision),
    compute('conv2', precision),
    compute('fc', 'fp32'),
  ];
  writeFileSync(file, JSON.stringify({ Layers: layers, Bindings: ['x', 'y'] }));
}

function load(file) {
  let engine;
  try {
    engine = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return fail(
      'Error[1]: [runtime.cpp::parsePlan::314] Error Code 1: Serialization (Serialization assertion plan->header.magicTag == rt::kPLAN_MAGIC_TAG failed.)',
      'Engine deserialization failed',
      'Got invalid engine!',
      'Inference set up failed',
    );
  }
  if (engine.version !== version)
    return fail(
      `Error[1]: The engine plan file is not compatible with this version of TensorRT (${version})`,
    );
  info('Engine deserialized in 0.21022 sec.');
  info('Starting inference');
  if (given.has('--exportOutput')) {
    const outputs = answer();
    if (outputs === undefined) return fail('the stand-in was given no outputs');
    writeFileSync(given.get('--exportOutput'), outputs);
  }
  report();
  pass();
}

/** What it was told to give for these inputs. */
function answer() {
  const { STAND_IN_OUTPUTS: outputs, STAND_IN_ANSWERS: answers } = process.env;
  if (outputs) return readFileSync(outputs);
  if (!answers) return undefined;
  const hash = createHash('sha256');
  for (const input of (given.get('--loadInputs') ?? '').split(','))
    hash.update(readFileSync(input.slice(input.lastIndexOf(':') + 1)));
  const found = JSON.parse(readFileSync(answers, 'utf8'))[hash.digest('hex')];
  return found && JSON.stringify(found);
}

/** [report], [loop]: 200 queries or as many as were asked for, and 100 more while warming up, in the trace too. */
function report() {
  const warmUp = Number(given.get('--warmUp') ?? 200);
  const counted = given.get('--duration') === '0' ? Number(given.get('--iterations') ?? 10) : 200;
  const transfers = isAtLeast(11) ? given.has('--includeDataTransfers') : !given.has('--noDataTransfers');
  const transferMs = transfers ? 0.25 : 0;
  const typicalMs = Number(process.env.STAND_IN_QUERY_MS ?? 1);
  const queries = Array.from({ length: 100 + counted }, (_, index) => {
    const start = warmUp + (index - 100) * 10;
    const computeMs = index < 100 ? 9 : typicalMs + (index % 100) / 100;
    return {
      ...{
        startEnqMs: start,
        endEnqMs: start + 0.1,
        startH2dMs: start,
        endH2dMs: start,
        startComputeMs: start,
      },
      ...{ endComputeMs: start + computeMs, startD2hMs: start + computeMs, endD2hMs: start + computeMs },
      ...{ h2dMs: transferMs, computeMs, d2hMs: transferMs, latencyMs: computeMs + 2 * transferMs },
    };
  });
  if (given.has('--exportTimes')) {
    const lines = queries.map(
      (query) =>
        `{ ${Object.entries(query)
          .map(([key, value]) => `"${key}" : ${value}`)
          .join(', ')} }`,
    );
    writeFileSync(given.get('--exportTimes'), `[\n  ${lines.join('\n, ')}\n]\n`);
  }
  info('Average on 10 runs - GPU latency: 1.466 ms - Host latency: 1.508 ms (enqueue 0.060 ms)');
  info('');
  info('=== Performance summary ===');
  info('Throughput: 100.5 qps');
  const list =
    'min = 1 ms, max = 1.99 ms, mean = 1.495 ms, median = 1.495 ms, percentile(90%) = 1.89 ms, percentile(95%) = 1.94 ms, percentile(99%) = 1.98 ms';
  info(`Latency: ${list}`);
  info(
    'Enqueue Time: min = 0.05 ms, max = 0.1 ms, mean = 0.06 ms, median = 0.06 ms, percentile(90%) = 0.1 ms, percentile(95%) = 0.1 ms, percentile(99%) = 0.1 ms',
  );
  info(`GPU Compute Time: ${list}`);
  info('Total Host Walltime: 2.0 s');
  info('Total GPU Compute Time: 0.3 s');
  if (failure === 'unstable') warn('* GPU compute time is unstable, with coefficient of variance = 12.5%.');
  info('Explanations of the performance metrics are printed in the verbose logs.');
}

await main();
