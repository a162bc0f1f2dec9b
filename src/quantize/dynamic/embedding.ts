import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Edit } from '../../passes/edit.js';
import { constantOf } from '../../passes/match.js';
import { dtypeCode } from '../../tensor/dtype.js';
import { quantizeWeights } from '../weights.js';
import type { DynamicRewrite } from './rewrite.js';
import type { SharedConstants } from './shared-constants.js';

/** Tables below this many elements save nothing worth three more nodes. */
const fewestElements = 65_536;

/**
 * An embedding table in int8 with a scale for every row. The rows are picked first and made float then: a
 * DequantizeLinear in front of the Gather would blow up the whole table at every request.
 */
export const embedding: DynamicRewrite = {
  name: 'embedding',
  summary: 'Embedding tables are stored as int8; the rows that are picked become float',
  operators: ['Gather'],
  refuse(node) {
    const table = constantOf(node.inputs[0]);
    if (table === undefined) return 'its data is no constant';
    if (table.dtype !== 'float32' || table.dims.length !== 2) return 'its data is no table of float32 rows';
    if (node.int('axis', 0) !== 0) return 'it picks along another axis than the rows';
    return table.size < fewestElements ? 'its table is small' : undefined;
  },
  apply(node, edit, { constants }) {
    pickRows(node, edit, constants);
  },
};

/** Replaces a Gather of float rows by one of integers that become float behind it. */
export function pickRows(node: Node, edit: Edit, constants: SharedConstants): void {
  const source = node.inputs[0]!;
  const indices = node.inputs[1]!;
  const table = constants.of(source, 'embedding', () => {
    const { values, scale } = quantizeWeights(source.constant!, 0, 127);
    return { quantized: values, scale: scale.reshaped([scale.size, 1]) };
  });
  const attributes = [['axis', attribute.int(0)]] as const;
  const rows = edit.node('Gather', [table.quantized, indices], { attributes });
  const scales = edit.node('Gather', [table.scale, indices], { attributes });
  const real = edit.node('Cast', [rows.outputs[0]], {
    attributes: [['to', attribute.int(dtypeCode('float32'))]],
  });
  const scaled = edit.node('Mul', [real.outputs[0], scales.outputs[0]]);
  edit.replace(node.outputs[0]!, scaled.outputs[0]!);
}
