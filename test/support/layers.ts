import { attribute, type Attribute } from '../../src/ir/attribute.js';
import type { Value } from '../../src/ir/value.js';
import { seededRandom } from '../../src/tensor/random.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { randomTensor, type GraphBuilder, type Setting } from './build.js';

let seed = 1;

/** A Conv (or ConvTranspose) with random weights and bias. */
export function conv(
  g: GraphBuilder,
  input: Value,
  weightDims: readonly number[],
  settings: Readonly<Record<string, Setting>> & { bias?: 0 | 1 } = {},
  opType = 'Conv',
): Value {
  const { bias = 1, ...attributes } = settings;
  const name = g.graph.names.fresh('conv');
  const group = typeof attributes.group === 'number' ? attributes.group : 1;
  const channels = opType === 'Conv' ? weightDims[0]! : weightDims[1]! * group;
  const weight = g.constant(`${name}_w`, randomTensor(weightDims, (seed += 1), 0.5));
  const inputs =
    bias === 1
      ? [input, weight, g.constant(`${name}_b`, randomTensor([channels], (seed += 1)))]
      : [input, weight];
  return g.node(opType, inputs, attributes, { name });
}

/** A BatchNormalization with random statistics, variances between 0.5 and 1.5. */
export function batchNorm(
  g: GraphBuilder,
  input: Value,
  channels: number,
  settings: Record<string, Setting> = {},
): Value {
  const name = g.graph.names.fresh('bn');
  const random = seededRandom((seed += 1));
  const variance = Tensor.float32(
    [channels],
    Array.from({ length: channels }, () => 0.5 + random()),
  );
  const inputs = [
    input,
    g.constant(`${name}_scale`, randomTensor([channels], (seed += 1))),
    g.constant(`${name}_shift`, randomTensor([channels], (seed += 1))),
    g.constant(`${name}_mean`, randomTensor([channels], (seed += 1))),
    g.constant(`${name}_variance`, variance),
  ];
  const epsilon: Attribute = attribute.float(1e-3);
  return g.node('BatchNormalization', inputs, { epsilon, ...settings }, { name });
}
