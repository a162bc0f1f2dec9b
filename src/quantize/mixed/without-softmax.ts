import type { Model } from '../../ir/model.js';
import type { Value } from '../../ir/value.js';
import { Edit } from '../../passes/edit.js';
import { copyTypedModel } from '../half/copy-typed.js';

/** What may stand between a Softmax and the output that gives it out. */
const movers = [
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'QuantizeLinear',
  'DequantizeLinear',
];

/**
 * A copy that gives out scores where the model gives out their Softmax, with as many nodes at the same places. The
 * error of probabilities is that of the few samples that are in doubt; the error of scores is that of them all.
 */
export function withoutSoftmax(model: Model): Model {
  const copy = copyTypedModel(model);
  for (const output of copy.graph.outputs) {
    const softmax = softmaxBehind(output);
    const [input] = softmax?.inputs ?? [];
    if (softmax === undefined || input === undefined) continue;
    const edit = new Edit(softmax);
    edit.replace(softmax.outputs[0]!, edit.node('Identity', [input]).outputs[0]!);
  }
  return copy;
}

function softmaxBehind(output: Value): Value['producer'] {
  let node = output.producer;
  while (node?.is(...movers) === true) node = node.inputs[0]?.producer;
  return node?.is('Softmax', 'LogSoftmax') === true ? node : undefined;
}
