import { attribute } from '../../ir/attribute.js';
import { fusion } from '../fusion.js';
import { constantOf, producerOf } from '../match.js';

/** A Gemm turns its matrices while it reads them. */
export const gemmTransposes = fusion({
  name: 'gemm-transposes',
  summary: 'Lets a Gemm turn its operands in place of a Transpose in front',
  effect: 'reorders-floats',
  root: 'Gemm',
  opset: { min: 7 },
  match(node) {
    for (const [index, name] of [
      [0, 'transA'],
      [1, 'transB'],
    ] as const) {
      const transpose = producerOf(node.inputs[index], 'Transpose');
      const perm = transpose?.ints('perm');
      const input = transpose?.inputs[0];
      // With another reader it would stay, and cost its time as before.
      if (input === undefined || node.inputs[index]?.soleConsumer === undefined) continue;
      if (constantOf(input) !== undefined || (perm !== undefined && perm.join() !== '1,0')) continue;
      return { node, index, name, input };
    }
    return undefined;
  },
  rewrite({ node, index, name, input }, edit) {
    const inputs = node.inputs.map((value, at) => (at === index ? input : value));
    const turned = edit.like(node, inputs, { [name]: attribute.int(1 - node.int(name, 0)) });
    const output = node.outputs[0]!;
    turned.outputs[0]!.type = output.type;
    edit.replace(output, turned.outputs[0]!);
  },
});
