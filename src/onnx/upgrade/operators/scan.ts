import { attribute } from '../../../ir/attribute.js';
import { Graph } from '../../../ir/graph.js';
import type { Value } from '../../../ir/value.js';
import type { Conversion } from '../conversion.js';
import { copyGraph } from '../copy.js';
import type { Site } from '../site.js';

/**
 * Before, states and sequences had a batch dimension in front and the body saw one sample at a time. Now
 * that takes two: a Scan over the samples, whose body is a Scan over the sequence.
 */
function nest(site: Site): void {
  const { node } = site;
  if (node.inputs[0] !== undefined) site.refuse('its sequences differ in length (sequence_lens)');
  const body = node.attributes.get('body');
  if (body?.kind !== 'graph') site.refuse('it lacks its body');
  const sequences = node.int('num_scan_inputs');
  const directions = site.takeInts('directions');
  const outer = node.inputs.slice(1);

  const sample = new Graph(`${body.value.name}_sample`, node.graph);
  const perSample = (value: Value): Value => sample.newValue(`${value.name}_sample`);
  for (const value of body.value.inputs) sample.addInput(perSample(value));
  const results = body.value.outputs.map(perSample);
  sample.addNode('Scan', sample.inputs, {
    name: sample.names.fresh(node.name === '' ? 'Scan' : node.name),
    attributes: [
      ['body', attribute.graph(copyGraph(body.value, sample))],
      ['num_scan_inputs', attribute.int(sequences)],
      ...(directions === undefined ? [] : [['scan_input_directions', attribute.ints(directions)] as const]),
    ],
    outputs: results,
  });
  for (const value of results) sample.addOutput(value);

  const outputs = [...node.outputs];
  const before = node.next;
  node.truncateOutputs(0);
  node.graph.remove(node);
  node.graph.addNode('Scan', outer, {
    name: node.name,
    attributes: [
      ['body', attribute.graph(sample)],
      ['num_scan_inputs', attribute.int(outer.length)],
    ],
    outputs,
    before,
  });
}

export const scanBatch: Conversion = {
  operators: ['Scan'],
  to: 9,
  change: 'the batch dimension and sequence_lens went away',
  convert: nest,
};
