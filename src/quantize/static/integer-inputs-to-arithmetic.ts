import { attribute } from '../../ir/attribute.js';
import { tensorType } from '../../ir/types.js';
import { fusion } from '../../passes/fusion.js';
import { scalarOf } from '../../passes/match.js';
import { Tensor } from '../../tensor/tensor.js';

/** float32 in the numbering of ONNX. */
const float32 = 1;

/**
 * A model that takes bytes and begins with DequantizeLinear: runtimes that know no unsigned quantized integers take the
 * same as arithmetic.
 */
export const integerInputsToArithmetic = fusion({
  name: 'integer-inputs-to-arithmetic',
  summary: 'Writes DequantizeLinear of an input of the model as (Cast(x) - zero point) * scale',
  effect: 'reorders-floats',
  root: 'DequantizeLinear',
  match(node) {
    const [source, scaleValue, zeroPointValue] = node.inputs;
    const scale = scalarOf(scaleValue);
    const zeroPoint = zeroPointValue === undefined ? 0 : scalarOf(zeroPointValue);
    if (source?.isGraphInput !== true || source.constant !== undefined) return undefined;
    if (scale === undefined || zeroPoint === undefined) return undefined;
    return { node, source, scale, zeroPoint };
  },
  rewrite({ node, source, scale, zeroPoint }, edit) {
    const dims = source.type?.kind === 'tensor' ? source.type.dims : undefined;
    const typed = (value: ReturnType<typeof edit.node>['outputs'][number]): NonNullable<typeof value> => {
      value!.type = tensorType('float32', dims);
      return value!;
    };
    const cast = typed(
      edit.node('Cast', [source], { attributes: [['to', attribute.int(float32)]] }).outputs[0],
    );
    const zero = edit.constant('zero_point', Tensor.float32([], [zeroPoint]));
    const moved = zeroPoint === 0 ? cast : typed(edit.node('Sub', [cast, zero]).outputs[0]);
    const factor = edit.constant('scale', Tensor.float32([], [scale]));
    edit.replace(node.outputs[0]!, typed(edit.node('Mul', [moved, factor]).outputs[0]));
  },
});
