// What Convs with short sums cost in floats and in integers, as over the channels of a picture: Conv, Relu, MaxPool and a Conv
// behind them, with the first Conv and the pool in floats as the target x86 leaves them, and all in integers, in turns.
//   node scripts/bench/picture-stems.js [--seconds 2]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeModel } from '../../dist/onnx/write-file.js';
import { attribute } from '../../dist/ir/attribute.js';
import { Model } from '../../dist/ir/model.js';
import { tensorType } from '../../dist/ir/types.js';
import { quantizeModel } from '../../dist/quantize/quantize.js';
import { openSession } from '../../dist/runtime/session.js';
import { seededRandom } from '../../dist/tensor/random.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { takeTurns } from './turns.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
const stems = [
  { side: 224, channels: 3, kernel: 3, stride: 2, outputs: 64 },
  { side: 224, channels: 3, kernel: 7, stride: 2, outputs: 64 },
  { side: 224, channels: 3, kernel: 3, stride: 1, outputs: 16 },
  { side: 96, channels: 1, kernel: 5, stride: 1, outputs: 32 },
  { side: 32, channels: 3, kernel: 3, stride: 1, outputs: 32 },
  { side: 28, channels: 1, kernel: 5, stride: 1, outputs: 8 },
  { side: 224, channels: 4, kernel: 3, stride: 2, outputs: 32 },
  { side: 112, channels: 8, kernel: 3, stride: 1, outputs: 32 },
  { side: 112, channels: 16, kernel: 3, stride: 1, outputs: 32 },
];
const random = seededRandom(1);
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-stems-'));
try {
  for (const stem of stems) {
    const file = join(folder, 'stem.onnx');
    await writeModel(modelOf(stem), file);
    const sessions = [];
    for (const target of ['web', 'x86']) {
      const output = join(folder, `${target}.onnx`);
      // Beyond the table's limit the first Conv is kept float by hand; the target web knows no limit.
      const exclude = target === 'x86' ? ['stem'] : [];
      await quantizeModel({
        model: file,
        output,
        mode: 'static',
        target,
        exclude,
        measure: false,
        rounding: 'nearest',
        dataset: { samples: 2 },
      });
      sessions.push(await openSession(output, { threads: 1 }));
    }
    const x = tensorOf([1, stem.channels, stem.side, stem.side]);
    const [integers, floats] = sessions;
    const { a, b } = await takeTurns(
      [() => integers.run(new Map([['x', x]])), () => floats.run(new Map([['x', x]]))],
      Number(values.seconds),
    );
    const { side, channels, kernel, stride, outputs } = stem;
    console.log(
      `${channels} x ${side} x ${side}, ${outputs} x ${kernel} x ${kernel}, stride ${stride}, sums of ${channels * kernel ** 2}: ` +
        `integers ${a.median.toFixed(3)} ms, floats ${b.median.toFixed(3)} ms, ${(a.median / b.median).toFixed(2)}x`,
    );
    for (const session of sessions) await session.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tensorOf(dims) {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Tensor.float32(
    dims,
    Float32Array.from({ length: size }, () => random() - 0.5),
  );
}

function modelOf({ side, channels, kernel, stride, outputs }) {
  const model = Model.create(17);
  const { graph } = model;
  const x = graph.declare('x', tensorType('float32', [1, channels, side, side]));
  graph.addInput(x);
  const conv = (name, input, dims, stride) =>
    graph.addNode(
      'Conv',
      [
        input,
        graph.addConstant(`${name}_w`, tensorOf(dims)),
        graph.addConstant(`${name}_b`, tensorOf([dims[0]])),
      ],
      {
        name,
        attributes: [
          ['kernel_shape', attribute.ints([dims[2], dims[3]])],
          ['strides', attribute.ints([stride, stride])],
        ],
      },
    ).outputs[0];
  const relu = graph.addNode('Relu', [conv('stem', x, [outputs, channels, kernel, kernel], stride)], {})
    .outputs[0];
  const pool = graph.addNode('MaxPool', [relu], {
    attributes: [
      ['kernel_shape', attribute.ints([3, 3])],
      ['strides', attribute.ints([2, 2])],
    ],
  }).outputs[0];
  const y = conv('next', pool, [outputs, outputs, 1, 1], 1);
  y.type = tensorType('float32', undefined);
  graph.addOutput(y);
  return model;
}
