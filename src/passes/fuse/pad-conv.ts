import { fusion, miss, Miss } from '../fusion.js';
import { producerOf, soleProducer } from '../match.js';
import { joinedPads, padSettings, spatialPadOf, spatialRankOf } from './padding.js';

export const padConv = fusion({
  name: 'pad-conv',
  summary: 'Lets a Conv do the zero padding of the Pad in front of it',
  effect: 'exact',
  root: 'Conv',
  match(conv) {
    const [padded] = conv.inputs;
    const candidate = producerOf(padded, 'Pad');
    if (candidate === undefined) return undefined;
    const pad = spatialPadOf(candidate);
    if (pad instanceof Miss) return pad;
    if (soleProducer(padded, 'Pad') === undefined) return miss(`${padded!.name} is read elsewhere as well`);
    if (pad.fill !== 0) return miss(`${candidate.label} fills in ${pad.fill}, a Conv only zero`);
    const rank = spatialRankOf(conv);
    if (rank === undefined) return miss('its rank is unknown');
    const pads = joinedPads(conv, pad, rank);
    if (pads instanceof Miss) return pads;
    return { conv, inputs: [pad.input, ...conv.inputs.slice(1)], pads, output: conv.outputs[0]! };
  },
  rewrite({ conv, inputs, pads, output }, edit) {
    edit.replace(output, edit.like(conv, inputs, padSettings(conv, pads)).outputs[0]!);
  },
});
