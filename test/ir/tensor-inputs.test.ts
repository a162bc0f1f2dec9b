import { describe, expect, it } from 'vitest';
import { Model } from '../../src/ir/model.js';
import { inputSpecs, tensorInputs } from '../../src/ir/tensor-inputs.js';
import { tensorType } from '../../src/ir/types.js';

function modelWith(odd: boolean): Model {
  const model = Model.create(17);
  const { graph } = model;
  graph.addInput(graph.declare('x', tensorType('float32', ['n', 3])));
  if (odd) graph.addInput(graph.declare('list', { kind: 'sequence', element: undefined }));
  return model;
}

describe('what a model must be given', () => {
  it('is each input with its type', () => {
    const expected = [{ name: 'x', dtype: 'float32', dims: ['n', 3] }];
    expect(inputSpecs(modelWith(false))).toEqual(expected);
    expect(tensorInputs(modelWith(true))).toEqual(expected);
  });

  it('names an input that is no tensor', () => {
    expect(() => inputSpecs(modelWith(true))).toThrow('input list is no tensor');
  });
});
