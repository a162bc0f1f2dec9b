import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { Model } from '../../../../src/ir/model.js';
import { tensorType } from '../../../../src/ir/types.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { expectUnchanged, floats } from '../models.js';

const bounds = { min: attribute.float(-1.25), max: attribute.float(0.5) };

describe('clipBounds', () => {
  it('keeps both bounds, one, and none', async () => {
    for (const attributes of [bounds, { min: bounds.min }, { max: bounds.max }, {}]) {
      await expectUnchanged({ opset: 7, operator: 'Clip', attributes, inputs: [floats(3, 5)] });
    }
  });

  it('gives the bounds the type of a value that nobody declared', () => {
    const model = Model.create(9);
    const x = model.graph.declare('x', tensorType('float16', ['n']));
    model.graph.addInput(x);
    const relu = model.graph.addNode('Relu', [x]).outputs[0];
    const clip = model.graph.addNode('Clip', [relu], { attributes: Object.entries(bounds) });
    model.graph.addOutput(clip.outputs[0]!);
    upgradeOpset(model, 11);
    expect(clip.inputs.slice(1).map((value) => value?.constant?.dtype)).toEqual(['float16', 'float16']);
    expect(clip.inputs.slice(1).map((value) => Array.from(value!.constant!.toNumbers()))).toEqual([
      [-1.25],
      [0.5],
    ]);
  });

  it('refuses a value of unknown type', () => {
    const model = Model.create(9);
    const x = model.graph.declare('x');
    model.graph.addInput(x);
    model.graph.addNode('Clip', [x], { name: 'limit', attributes: Object.entries(bounds) });
    expect(() => upgradeOpset(model, 11)).toThrow(/Clip of node limit .* the element type of x is unknown/);
  });
});
