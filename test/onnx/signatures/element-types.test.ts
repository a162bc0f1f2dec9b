import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import { Graph } from '../../../src/ir/graph.js';
import { tensorType } from '../../../src/ir/types.js';
import { dtypeFromName, outputElementType } from '../../../src/onnx/signatures/element-types.js';
import { dtypeCode, type DType } from '../../../src/tensor/dtype.js';
import { Tensor } from '../../../src/tensor/tensor.js';

/** The types of a node's outputs, given those of its inputs. */
function outputs(
  operator: string,
  inputs: readonly DType[],
  count = 1,
  attributes = {},
  domain = '',
): unknown[] {
  const graph = new Graph();
  const values = inputs.map((dtype, index) => graph.declare(`x${index}`, tensorType(dtype)));
  const node = graph.addNode(operator, values, {
    domain,
    outputs: count,
    attributes: Object.entries(attributes),
  });
  return node.outputs.map((_, index) =>
    outputElementType(node, index, (value) => (value.type?.kind === 'tensor' ? value.type.dtype : undefined)),
  );
}

describe('outputElementType', () => {
  it('follows the first input as a rule', () => {
    expect(outputs('Relu', ['float16'])).toEqual(['float16']);
    expect(outputs('Split', ['int8'], 2)).toEqual(['int8', 'int8']);
    expect(outputs('LSTM', ['float64'], 3)).toEqual(['float64', 'float64', 'float64']);
  });

  it('knows the operators that do not', () => {
    expect(outputs('Shape', ['float32'])).toEqual(['int64']);
    expect(outputs('TopK', ['float16', 'int64'], 2)).toEqual(['float16', 'int64']);
    expect(outputs('Where', ['bool', 'float64', 'float64'])).toEqual(['float64']);
    expect(outputs('Less', ['float32', 'float32'])).toEqual(['bool']);
    expect(outputs('OneHot', ['int64', 'int64', 'float32'])).toEqual(['float32']);
    expect(outputs('QuantizeLinear', ['float32', 'float32', 'int8'])).toEqual(['int8']);
    expect(outputs('QuantizeLinear', ['float32', 'float32'])).toEqual(['uint8']);
    expect(outputs('DequantizeLinear', ['int8', 'float16'])).toEqual(['float16']);
  });

  it('reads attributes that say it', () => {
    expect(outputs('Cast', ['float32'], 1, { to: attribute.int(dtypeCode('bfloat16')) })).toEqual([
      'bfloat16',
    ]);
    expect(outputs('Cast', ['float32'], 1, { to: attribute.string('DOUBLE') })).toEqual(['float64']);
    expect(outputs('Constant', [], 1, { value: attribute.tensor(Tensor.int64([1], [4])) })).toEqual([
      'int64',
    ]);
    expect(outputs('Constant', [], 1, { value_floats: attribute.floats([1]) })).toEqual(['float32']);
    expect(outputs('ConstantOfShape', ['int64'])).toEqual(['float32']);
    expect(outputs('EyeLike', ['int32'])).toEqual(['int32']);
  });

  it('says nothing where it cannot know', () => {
    expect(outputs('Loop', ['int64', 'bool', 'float32'])).toEqual([undefined]);
    expect(outputs('SequenceAt', ['float32', 'int64'])).toEqual([undefined]);
    expect(outputs('Gelu', ['float32'], 1, {}, 'com.microsoft')).toEqual([undefined]);
    expect(outputs('LayerNormalization', ['float16', 'float16'], 2)).toEqual(['float16', undefined]);
  });
});

describe('dtypeFromName', () => {
  it('takes the names of the standard in any case', () => {
    expect(dtypeFromName('FLOAT')).toBe('float32');
    expect(dtypeFromName('int64')).toBe('int64');
    expect(dtypeFromName('NUMBER')).toBeUndefined();
  });
});
