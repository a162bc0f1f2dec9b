import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { Graph } from '../../../../src/ir/graph.js';
import { Model } from '../../../../src/ir/model.js';
import { tensorType } from '../../../../src/ir/types.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectSame, floats, run } from '../models.js';

/** A running sum of 2 samples over 3 steps, scaled by an outer value: state and every step's sum come out. */
function runningSum(directions?: readonly number[]): Model {
  const model = Model.create(8);
  const { graph } = model;
  const start = graph.declare('start', tensorType('float32', [2, 4]));
  const sequence = graph.declare('sequence', tensorType('float32', [2, 3, 4]));
  graph.addInput(start);
  graph.addInput(sequence);
  const factor = graph.addConstant('factor', Tensor.float32([1], [0.5]));
  const body = new Graph('body', graph);
  const sum = body.declare('sum_in', tensorType('float32', [4]));
  const step = body.declare('step', tensorType('float32', [4]));
  body.addInput(sum);
  body.addInput(step);
  const scaled = body.addNode('Mul', [step, factor]).outputs[0];
  const next = body.addNode('Add', [sum, scaled]).outputs[0]!;
  const copy = body.addNode('Identity', [next]).outputs[0]!;
  next.type = tensorType('float32', [4]);
  copy.type = tensorType('float32', [4]);
  body.addOutput(next);
  body.addOutput(copy);
  const scan = graph.addNode('Scan', [undefined, start, sequence], {
    name: 'scan',
    attributes: [
      ['body', attribute.graph(body)],
      ['num_scan_inputs', attribute.int(1)],
      ...(directions === undefined ? [] : [['directions', attribute.ints(directions)] as const]),
    ],
    outputs: 2,
  });
  for (const value of scan.outputs) graph.addOutput(value!);
  return model;
}

describe('scanBatch', () => {
  const feeds = new Map([
    ['start', floats(2, 4)],
    ['sequence', floats(2, 3, 4)],
  ]);

  it.each([undefined, [1]])('scans sample by sample (directions %s)', async (directions) => {
    const build = () => runningSum(directions);
    await expectSame(build, feeds, await run(build(), feeds));
  });

  it('refuses sequences of different lengths', () => {
    const model = runningSum();
    const [scan] = model.graph.nodes();
    scan!.setInput(0, model.graph.addConstant('lengths', Tensor.int64([2], [1, 3])));
    expect(() => upgradeOpset(model, 13)).toThrow(/sequence_lens/);
  });
});
