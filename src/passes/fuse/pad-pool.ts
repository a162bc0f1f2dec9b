import { attribute, type Attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { fusion, miss, Miss } from '../fusion.js';
import { outputsUnusedFrom, producerOf, soleProducer } from '../match.js';
import { clampOf } from './clamp.js';
import { joinedPads, padSettings, spatialPadOf } from './padding.js';

/**
 * A pool never sees its own padding: MaxPool takes it as the lowest number, AveragePool leaves it out of the
 * count unless told to count zeros. So a Pad goes into the pool only where its numbers mean the same.
 */
export const padPool = fusion({
  name: 'pad-pool',
  summary: 'Lets AveragePool and MaxPool do the padding of the Pad in front of them, where it means the same',
  effect: 'exact',
  root: ['AveragePool', 'MaxPool'],
  // count_include_pad came with opset 7.
  opset: { min: 7 },
  match(pool) {
    const [padded] = pool.inputs;
    const candidate = producerOf(padded, 'Pad');
    if (candidate === undefined) return undefined;
    const pad = spatialPadOf(candidate);
    if (pad instanceof Miss) return pad;
    if (soleProducer(padded, 'Pad') === undefined) return miss(`${padded!.name} is read elsewhere as well`);
    if (pool.int('ceil_mode', 0) !== 0)
      return miss('it rounds its size up, where the last window counts differently');
    if (!outputsUnusedFrom(pool, 1)) return miss('its indices are read, and would count other places');
    if (pool.ints('dilations')?.some((step) => step !== 1) === true) return miss('its windows have gaps');
    const kernel = pool.ints('kernel_shape') ?? [];
    const pads = joinedPads(pool, pad, kernel.length);
    if (pads instanceof Miss) return pads;
    if (pads.some((amount, index) => amount >= kernel[index % kernel.length]!)) {
      return miss('a window would see padding only');
    }
    const changes = pool.is('AveragePool') ? averageChanges(pool, pad.fill) : maxChanges(pad.input, pad.fill);
    return changes instanceof Miss
      ? changes
      : { pool, input: pad.input, pads, changes, output: pool.outputs[0]! };
  },
  rewrite({ pool, input, pads, changes, output }, edit) {
    const settings = { ...padSettings(pool, pads), ...changes };
    edit.replace(output, edit.like(pool, [input], settings).outputs[0]!);
  },
});

/** The zeros of the Pad were counted, so the pool has to count its padding; its own must not have been left out. */
function averageChanges(pool: Node, fill: number): Record<string, Attribute> | Miss {
  if (fill !== 0) return miss(`the Pad fills in ${fill}, an AveragePool only zero`);
  const ownPads = pool.string('auto_pad', 'NOTSET') === 'VALID' ? [] : (pool.ints('pads') ?? []);
  if (pool.int('count_include_pad', 0) === 0 && ownPads.some((amount) => amount !== 0)) {
    return miss('it leaves its own padding out of the count');
  }
  return { count_include_pad: attribute.int(1) };
}

/** A number that no element is below never wins against the real ones that every window has. */
function maxChanges(input: Value, fill: number): Record<string, Attribute> | Miss {
  if (fill === -Infinity || fill <= lowerBound(input)) return {};
  return miss(`the Pad fills in ${fill}, and its input may be below`);
}

/** A number that a value is provably never below. */
function lowerBound(value: Value): number {
  const producer = value.producer;
  if (producer?.domain !== '') return -Infinity;
  if (producer.is('Sigmoid', 'Softmax', 'Abs', 'Exp', 'HardSigmoid', 'Softplus')) return 0;
  if (producer.is('MaxPool') && producer.inputs[0] !== undefined) return lowerBound(producer.inputs[0]);
  const clamp = clampOf(producer);
  return clamp === undefined ? -Infinity : Math.min(clamp.low, clamp.high);
}
