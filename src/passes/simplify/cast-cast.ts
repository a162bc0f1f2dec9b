import { attribute } from '../../ir/attribute.js';
import { dtypeFromCode, type DType } from '../../tensor/dtype.js';
import { fusion } from '../fusion.js';
import { dtypeOf, producerOf } from '../match.js';

/** Types that hold every number of another one, so that a Cast there and on is one Cast. */
const wider: Partial<Record<DType, readonly DType[]>> = {
  bool: ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float16', 'float32', 'float64'],
  int8: ['int16', 'int32', 'int64', 'float32', 'float64'],
  uint8: ['int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'],
  int16: ['int32', 'int64', 'float32', 'float64'],
  uint16: ['int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'],
  int32: ['int64'],
  uint32: ['int64', 'uint64'],
  float16: ['float32', 'float64'],
  float32: ['float64'],
};

export const castCast = fusion({
  name: 'cast-cast',
  summary: 'Makes one Cast of two where the type between loses nothing',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Cast',
  opset: { min: 6 },
  match(outer) {
    const inner = producerOf(outer.inputs[0], 'Cast');
    const input = inner?.inputs[0];
    const from = dtypeOf(input);
    if (inner === undefined || input === undefined || from === undefined) return undefined;
    const between = dtypeFromCode(inner.int('to', 0));
    const to = outer.int('to', 0);
    if (between === undefined || wider[from]?.includes(between) !== true) return undefined;
    return { outer, input, to };
  },
  rewrite({ outer, input, to }, edit) {
    const output = outer.outputs[0]!;
    const replacement = edit.like(outer, [input], { to: attribute.int(to) }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
