import { describe, expect, it } from 'vitest';
import { buildWords } from '../../../src/compile/tensorrt/commands/build.js';
import type { EngineJob } from '../../../src/compile/tensorrt/commands/job.js';
import { loadOnceWords, measureWords } from '../../../src/compile/tensorrt/commands/measure.js';
import { imaginedTrtexec } from '../../../src/compile/tensorrt/find.js';
import type { GraphPrecision } from '../../../src/compile/tensorrt/graph-precision.js';
import type { Precision, TensorRtIntent } from '../../../src/compile/tensorrt/intent.js';
import { optionsInHelp } from '../../../src/compile/tensorrt/options.js';
import { parseProfile } from '../../../src/compile/tensorrt/profiles.js';

const float: GraphPrecision = { quantized: undefined, half: undefined };
const half: GraphPrecision = { quantized: undefined, half: 'fp16' };
const integers: GraphPrecision = { quantized: 'int8', half: undefined };

interface Wish {
  readonly precision?: Precision;
  readonly graph?: GraphPrecision;
  readonly profiles?: readonly string[];
  readonly intent?: TensorRtIntent;
}

function jobFor(
  version: string,
  { precision = 'fp32', graph = float, profiles = [], intent = {} }: Wish,
): EngineJob {
  return {
    trtexec: imaginedTrtexec(version, 'given'),
    intent,
    precision,
    graph,
    profiles: profiles.map(parseProfile),
  };
}

/** The words apart from files. */
function words(version: string, wish: Wish): string[] {
  const all = buildWords(jobFor(version, wish), {
    model: 'm',
    engine: 'e',
    layers: 'l',
    timingCache: undefined,
  });
  return all.filter((word) => !/^--(onnx|saveEngine|exportLayerInfo|profilingVerbosity)=/.test(word));
}

describe('precision on the command line', () => {
  it.each<[version: string, precision: Precision, graph: GraphPrecision, expected: string[]]>([
    ['8.6', 'fp32', float, ['--skipInference']],
    ['8.5', 'fp16', float, ['--fp16', '--buildOnly']],
    ['8.6', 'int8', integers, ['--int8', '--skipInference']],
    ['8.6', 'int8', { quantized: 'int8', half: 'fp16' }, ['--int8', '--fp16', '--skipInference']],
    ['10.2', 'fp16', float, ['--fp16', '--skipInference']],
    ['10.2', 'fp16', half, ['--stronglyTyped', '--skipInference']],
    ['9.2', 'bf16', float, ['--bf16', '--skipInference']],
    ['10.2', 'bf16', float, ['--bf16', '--skipInference']],
    ['10.14', 'int8', integers, ['--stronglyTyped', '--skipInference']],
    ['11.1', 'fp16', half, ['--skipInference']],
    ['11.1', 'int8', integers, ['--skipInference']],
  ])('%s builds %s', (version, precision, graph, expected) => {
    expect(words(version, { precision, graph })).toEqual(expected);
  });

  it('is refused where the version has no flag for it', () => {
    expect(() => words('8.6', { precision: 'bf16' })).toThrow('trtexec 8.6.0 has no --bf16');
  });
});

describe('the rest of an intent', () => {
  it('finds the words of each version', () => {
    const intent: TensorRtIntent = {
      workspaceMiB: 2048,
      builderLevel: 4,
      device: 1,
      sparsity: 'enable',
      versionCompatible: true,
    };
    expect(words('8.2', { intent: { workspaceMiB: 2048 } })).toEqual(['--workspace=2048', '--buildOnly']);
    expect(words('10.2', { intent })).toEqual([
      '--memPoolSize=workspace:2048',
      '--builderOptimizationLevel=4',
      '--device=1',
      '--sparsity=enable',
      '--versionCompatible',
      '--skipInference',
    ]);
    expect(() => words('8.6', { intent: { stripWeights: true } })).toThrow('has no --stripWeights');
    expect(words('11.1', { intent: { stripWeights: true, extra: ['--tacticSources=-CUDNN'] } })).toEqual([
      '--stripWeights',
      '--skipInference',
      '--tacticSources=-CUDNN',
    ]);
  });

  it('writes one profile plainly and several with their numbers', () => {
    const one = 'x=1x3:8x3:32x3,a:b=4';
    expect(words('8.6', { profiles: [one] }).slice(0, 3)).toEqual([
      "--minShapes=x:1x3,'a:b':4",
      "--optShapes=x:8x3,'a:b':4",
      "--maxShapes=x:32x3,'a:b':4",
    ]);
    const two = words('10.2', { profiles: ['x=1:1:1', 'x=8:16:32'] });
    expect(two.slice(0, 8)).toEqual([
      ...['--profile=0', '--minShapes=x:1', '--optShapes=x:1', '--maxShapes=x:1'],
      ...['--profile=1', '--minShapes=x:8', '--optShapes=x:16', '--maxShapes=x:32'],
    ]);
    expect(() => words('8.6', { profiles: ['x=1', 'x=8'] })).toThrow('has no --profile');
  });

  it('measures the same way under 10 and 11', () => {
    const files = { engine: 'e', times: 't' };
    const pinned = ['--useCudaGraph', '--useSpinWait', '--noDataTransfers'];
    const ten = measureWords(jobFor('10.2', {}), files);
    const eleven = measureWords(jobFor('11.1', {}), files);
    expect(ten.filter((word) => pinned.includes(word))).toEqual(pinned);
    expect(ten.filter((word) => !pinned.includes(word))).toEqual(eleven);
    expect(loadOnceWords(jobFor('10.2', { profiles: ['x=1:4:8'] }), 'e')).toContain('--shapes=x:4');
  });
});

describe('a profile', () => {
  it.each(['', 'x', 'x=', 'x=1:2', 'x=1:2:3:4', 'x=ax3', 'x=1,x=2', '=1'])('is not %j', (text) => {
    expect(() => parseProfile(text)).toThrow('that is no list of shapes');
  });
});

it('reads the options of a help text', () => {
  const help =
    '  --versionCompatible, --vc          Mark\n  --sparsity=spec    (--stronglyTyped) see --no-such\n';
  expect([...optionsInHelp(help)]).toEqual([
    '--versionCompatible',
    '--vc',
    '--sparsity',
    '--stronglyTyped',
    '--no-such',
  ]);
});
