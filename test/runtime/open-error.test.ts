import { expect, test } from 'vitest';
import { openError, withoutSourceLocations } from '../../src/runtime/open-error.js';
import { openSession } from '../../src/runtime/session.js';
import { buildModel, f32 } from '../support/build.js';

const refusal = async (opset: number, fill: Parameters<typeof buildModel>[1], irVersion = 8) => {
  const model = buildModel(opset, fill);
  model.irVersion = irVersion;
  return openSession(model).then(
    () => 'opened',
    (error: unknown) => (error as Error).message,
  );
};

test('an opset of the future', async () => {
  const message = await refusal(99, (graph) => {
    graph.output(graph.node('Neg', [graph.input('x', 'float32[1]')]), 'y', 'float32[1]');
  });
  expect(message).toMatch(/^the model has opset 99, and the runtime knows up to \d+$/);
});

test('an IR version of the future', async () => {
  const message = await refusal(
    17,
    (graph) => {
      graph.output(graph.node('Neg', [graph.input('x', 'float32[1]')]), 'y', 'float32[1]');
    },
    99,
  );
  expect(message).toMatch(/^the model has IR version 99, and the runtime reads up to \d+$/);
});

test('an operator that the standard does not have', async () => {
  const message = await refusal(17, (graph) => {
    graph.output(graph.node('Neq', [graph.input('x', 'float32[1]')], {}, { name: 'n' }), 'y', 'float32[1]');
  });
  expect(message).toMatch(/^operator Neq \(node n\) is unknown to the runtime/);
});

test('a domain that the model does not import', async () => {
  const message = await refusal(17, (graph) => {
    graph.output(
      graph.node('Thing', [graph.input('x', 'float32[1]')], {}, { name: 'n', domain: 'my.lab' }),
      'y',
      'float32[1]',
    );
  });
  expect(message).toMatch(/^operator Thing of domain my.lab \(node n\) is unknown to the runtime/);
});

test('an operator without a kernel for its type', async () => {
  const message = await refusal(17, (graph) => {
    const x = graph.input('x', 'int32[2,2]');
    graph.output(graph.node('Gemm', [x, x], {}, { name: 'product' }), 'y', 'int32[2,2]');
  });
  expect(message).toBe(
    'the runtime has no kernel for operator Gemm (version 13) of node product with these types',
  );
});

test('shapes that do not fit name the node', async () => {
  const message = await refusal(17, (graph) => {
    const w = graph.constant('w', f32([3, 1], [1, 2, 3]));
    graph.output(
      graph.node('MatMul', [graph.input('x', 'float32[1,2]'), w], {}, { name: 'm' }),
      'y',
      'float32[1,1]',
    );
  });
  expect(message).toMatch(/^node m \(MatMul\): Incompatible dimensions/);
});

test("the runtime's own source locations are left out", () => {
  const text =
    '/onnxruntime_src/onnxruntime/core/graph/model.cc:191 onnxruntime::Model::Model(onnx::ModelProto&&, const X&) Missing opset.';
  expect(withoutSourceLocations(text)).toBe('Missing opset.');
  expect(openError(new Error(`Load model from m.onnx failed:${text}`), 'm.onnx').message).toBe(
    'm.onnx: the runtime refuses the model: Missing opset.',
  );
});
