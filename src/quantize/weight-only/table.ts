import { attribute } from '../../ir/attribute.js';
import { embedding, pickRows } from '../dynamic/embedding.js';
import { quantizeBlocks } from './block-weights.js';
import type { WeightRewrite } from './rewrite.js';
import { typedBlocks } from './typed.js';

/**
 * An embedding table: at 4 bits com.microsoft.GatherBlockQuantized. At 8 bits, and in the standard's form, rows of
 * int8 that are picked before they become float: the runtime picks nothing in front of a DequantizeLinear, and
 * would make the whole table float at every run.
 */
export const table: WeightRewrite = {
  name: 'table',
  summary: 'Embedding tables are stored in few bits; the rows that are picked become float',
  operators: ['Gather'],
  refuse: (node) => embedding.refuse(node),
  apply(node, edit, context) {
    const { format, form, constants } = context;
    if (format.bits === 8 || form === 'qdq') {
      pickRows(node, edit, constants);
      return;
    }
    const source = node.inputs[0]!;
    const parts = constants.of<string>(source, 'table', () => {
      const [, columns] = source.constant!.dims as [number, number];
      const typed = typedBlocks(quantizeBlocks(source.constant!.toFloat32(), columns, format), false);
      return {
        quantized: typed.integers,
        scale: typed.scales,
        ...(typed.zeroPoints === undefined ? {} : { zero_point: typed.zeroPoints }),
      };
    });
    context.useDomain('com.microsoft', 1);
    const gather = edit.node(
      'GatherBlockQuantized',
      [parts.quantized, node.inputs[1], parts.scale, ...(format.symmetric ? [] : [parts.zero_point])],
      {
        domain: 'com.microsoft',
        attributes: Object.entries({ gather_axis: 0, quantize_axis: 1, block_size: format.block }).map(
          ([name, value]) => [name, attribute.int(value)],
        ),
      },
    );
    edit.replace(node.outputs[0]!, gather.outputs[0]!);
  },
};
