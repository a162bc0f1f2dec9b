import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Graph } from '../../dist/ir/graph.js';
import { Model } from '../../dist/ir/model.js';
import { tensorType } from '../../dist/ir/types.js';
import { writeModel } from '../../dist/onnx/write-file.js';
import { Tensor } from '../../dist/tensor/tensor.js';

/**
 * Small models for layouts that the others do not show: external data, state, scalars, several models in a
 * pipeline, names full of quotes. Tells what to package.
 * @param {string} folder
 */
export async function writeLayouts(folder) {
  mkdirSync(folder, { recursive: true });
  const at = (name) => join(folder, name);
  const pending = [];
  const save = (name, model, options = {}) => pending.push(writeModel(model, at(name), options));
  save('external.onnx', scale('x', 'y', 1024), { embeddedLimit: 1 });
  save('steps.onnx', counter());
  save('first.onnx', scale('x', 'middle', 8));
  save('second.onnx', scale('middle', 'y', 8));
  save('quotes.onnx', scale('in "put" \\ 1', 'out\nput é', 4));
  save('scalar.onnx', scalar());
  writeFileSync(at('labels.txt'), 'zero\none\ntwo "2"\nthree\n');
  writeFileSync(at('engine.plan'), 'not an engine, but packaged like one');
  writeFileSync(
    at('engine.plan.json'),
    JSON.stringify({
      inputs: [{ name: 'x', dtype: 'float32', dims: [-1, 3, 8, 8] }],
      outputs: [{ name: 'y', dtype: 'float16', dims: [-1, 10] }],
      profiles: [{ x: { min: [1, 3, 8, 8], opt: [4, 3, 8, 8], max: [6, 3, 8, 8] } }],
    }),
  );
  await Promise.all(pending);
  return [
    { path: [at('external.onnx')], flags: [], repository: 'external' },
    // The second time is the next version.
    { path: [at('external.onnx')], flags: [], repository: 'external' },
    { path: [at('steps.onnx')], flags: ['--state', 'next=state'], repository: 'state' },
    {
      path: [at('first.onnx'), at('second.onnx')],
      flags: ['--ensemble', 'both'],
      repository: 'ensemble',
    },
    { path: [at('quotes.onnx')], flags: ['--name', 'a "name"'], repository: 'quotes' },
    { path: [at('quotes.onnx')], flags: ['--labels', at('labels.txt')], repository: 'labels' },
    { path: [at('scalar.onnx')], flags: [], repository: 'scalar' },
    { path: [at('engine.plan')], flags: ['--max-batch', '6'], repository: 'engine' },
  ];
}

/** y = w * x over rows of `width`, for any batch. */
function scale(input, output, width) {
  const model = new Model(new Graph('scale'), [['', 17]]);
  const { graph } = model;
  const x = declare(graph, input, 'float32', ['batch', width]);
  graph.addInput(x);
  const w = graph.addConstant(
    'w',
    Tensor.float32(
      [width],
      Float32Array.from({ length: width }, (_, i) => i / width),
    ),
  );
  const y = declare(graph, output, 'float32', ['batch', width]);
  graph.addNode('Mul', [x, w], { name: 'mul', outputs: [y] });
  graph.addOutput(y);
  return model;
}

/** Sums what came so far. */
function counter() {
  const model = new Model(new Graph('counter'), [['', 17]]);
  const { graph } = model;
  const x = declare(graph, 'x', 'float32', ['batch', 4]);
  const state = declare(graph, 'state', 'float32', ['batch', 4]);
  for (const value of [x, state]) graph.addInput(value);
  const next = declare(graph, 'next', 'float32', ['batch', 4]);
  const y = declare(graph, 'y', 'float32', ['batch', 4]);
  graph.addNode('Add', [x, state], { name: 'add', outputs: [next] });
  graph.addNode('Identity', [next], { name: 'copy', outputs: [y] });
  for (const value of [y, next]) graph.addOutput(value);
  return model;
}

/** A scalar beside a vector: no batch. */
function scalar() {
  const model = new Model(new Graph('scalar'), [['', 17]]);
  const { graph } = model;
  const x = declare(graph, 'x', 'float32', ['length']);
  const factor = declare(graph, 'factor', 'float32', []);
  for (const value of [x, factor]) graph.addInput(value);
  const y = declare(graph, 'y', 'float32', ['length']);
  graph.addNode('Mul', [x, factor], { name: 'mul', outputs: [y] });
  graph.addOutput(y);
  return model;
}

function declare(graph, name, dtype, dims) {
  return graph.declare(name, tensorType(dtype, dims));
}
