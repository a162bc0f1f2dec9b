import { ModelBuilder } from '../fixtures/onnx-builder.js';
import { Random } from '../fixtures/random.js';
import { centre } from './resnet50.js';

/** @typedef {'Relu' | 'HardSwish'} Activation */

/** Variance behind an activation whose input is normal with mean 0 and deviation 1, by numeric integration. */
const VARIANCE_BEHIND = { Relu: 0.34, HardSwish: 0.305 };
/** Mean square of a squeeze-and-excitation gate, which stays near HardSigmoid(0) = 1/2. */
const SQUARE_OF_GATE = 0.26;

/** Blocks of MobileNetV3-Small (Howard et al. 2019, table 2). */
const BLOCKS = /** @type {const} */ ([
  { kernel: 3, wide: 16, to: 16, gated: true, activation: 'Relu', stride: 2 },
  { kernel: 3, wide: 72, to: 24, gated: false, activation: 'Relu', stride: 2 },
  { kernel: 3, wide: 88, to: 24, gated: false, activation: 'Relu', stride: 1 },
  { kernel: 5, wide: 96, to: 40, gated: true, activation: 'HardSwish', stride: 2 },
  { kernel: 5, wide: 240, to: 40, gated: true, activation: 'HardSwish', stride: 1 },
  { kernel: 5, wide: 240, to: 40, gated: true, activation: 'HardSwish', stride: 1 },
  { kernel: 5, wide: 120, to: 48, gated: true, activation: 'HardSwish', stride: 1 },
  { kernel: 5, wide: 144, to: 48, gated: true, activation: 'HardSwish', stride: 1 },
  { kernel: 5, wide: 288, to: 96, gated: true, activation: 'HardSwish', stride: 2 },
  { kernel: 5, wide: 576, to: 96, gated: true, activation: 'HardSwish', stride: 1 },
  { kernel: 5, wide: 576, to: 96, gated: true, activation: 'HardSwish', stride: 1 },
]);

/**
 * The shape of MobileNetV3-Small: 2.5M parameters, 56M MACs, input [batch, 3, 224, 224], output [batch, 1000]; depthwise
 * convolutions, squeeze-and-excitation and HardSwish, with BatchNormalization folded as exporters leave it. Weights are
 * random: every filter has mean zero, and a deviation that keeps activations alive through all layers, so that different
 * images give different answers.
 *
 * @param {number} seed
 * @returns {Uint8Array} the ONNX file
 */
export function mobilenetV3(seed) {
  const random = new Random(seed);
  const model = new ModelBuilder({ graph: 'main_graph', opset: 17, producer: 'pytorch 2.1.0' });

  /**
   * A Conv whose output has variance `gain` when its input has `variance`.
   *
   * @param {string} x
   * @param {{ path: string, from: number, to: number, kernel?: number, stride?: number, group?: number,
   *           variance: number, gain?: number }} layer
   */
  const convolution = (x, { path, from, to, kernel = 1, stride = 1, group = 1, variance, gain = 1 }) => {
    const fanIn = (from / group) * kernel * kernel;
    const weights = random.normals(to * fanIn, Math.sqrt(gain / (fanIn * variance)));
    for (let filter = 0; filter < to; filter++)
      centre(weights.subarray(filter * fanIn, (filter + 1) * fanIn));
    const pad = (kernel - 1) / 2;
    const name = path.replaceAll('/', '.');
    return model.node(
      'Conv',
      [
        x,
        model.initializer(`${name}.weight`, [to, from / group, kernel, kernel], weights),
        model.initializer(`${name}.bias`, [to], random.normals(to, 0.02 * Math.sqrt(gain))),
      ],
      {
        dilations: [1, 1],
        group,
        kernel_shape: [kernel, kernel],
        pads: [pad, pad, pad, pad],
        strides: [stride, stride],
      },
      { name: `/${path}/Conv` },
    );
  };
  const activate = (/** @type {string} */ x, /** @type {Activation} */ kind, /** @type {string} */ path) =>
    model.node(kind, [x], {}, { name: `/${path}/${kind}` });

  let x = model.input('input', 'float32', ['batch_size', 3, 224, 224]);
  x = convolution(x, { path: 'stem', from: 3, to: 16, kernel: 3, stride: 2, variance: 1 });
  x = activate(x, 'HardSwish', 'stem');
  let from = 16;
  let variance = VARIANCE_BEHIND.HardSwish;
  for (const [index, { kernel, wide, to, gated, activation, stride }] of BLOCKS.entries()) {
    const path = `blocks.${index}`;
    let y = x;
    let inner = variance;
    // The first block is as narrow as its input and does not expand it.
    if (wide !== from) {
      y = activate(
        convolution(y, { path: `${path}/expand`, from, to: wide, variance }),
        activation,
        `${path}/expand`,
      );
      inner = VARIANCE_BEHIND[activation];
    }
    y = convolution(y, {
      path: `${path}/depthwise`,
      from: wide,
      to: wide,
      kernel,
      stride,
      group: wide,
      variance: inner,
    });
    y = activate(y, activation, `${path}/depthwise`);
    inner = VARIANCE_BEHIND[activation];
    if (gated) {
      const narrow = Math.max(8, Math.round(wide / 32) * 8);
      let gate = model.node('GlobalAveragePool', [y], {}, { name: `/${path}/gate/GlobalAveragePool` });
      gate = convolution(gate, { path: `${path}/gate/reduce`, from: wide, to: narrow, variance: 1 });
      gate = activate(gate, 'Relu', `${path}/gate`);
      gate = convolution(gate, {
        path: `${path}/gate/expand`,
        from: narrow,
        to: wide,
        variance: VARIANCE_BEHIND.Relu,
      });
      gate = model.node(
        'HardSigmoid',
        [gate],
        { alpha: { f: 1 / 6 }, beta: { f: 0.5 } },
        { name: `/${path}/gate/HardSigmoid` },
      );
      y = model.node('Mul', [y, gate], {}, { name: `/${path}/gate/Mul` });
      inner *= SQUARE_OF_GATE;
    }
    const stays = stride === 1 && from === to;
    y = convolution(y, { path: `${path}/project`, from: wide, to, variance: inner, gain: stays ? 0.3 : 1 });
    x = stays ? model.node('Add', [y, x], {}, { name: `/${path}/Add` }) : y;
    variance = stays ? variance + 0.3 : 1;
    from = to;
  }
  x = activate(convolution(x, { path: 'head', from, to: 576, variance }), 'HardSwish', 'head');
  x = model.node('GlobalAveragePool', [x], {}, { name: '/GlobalAveragePool' });
  x = model.node('Flatten', [x], { axis: 1 }, { name: '/Flatten' });
  x = dense(x, { name: 'classifier.0', from: 576, to: 1024, variance: VARIANCE_BEHIND.HardSwish / 49 });
  x = activate(x, 'HardSwish', 'classifier');
  dense(x, {
    name: 'classifier.1',
    from: 1024,
    to: 1000,
    variance: VARIANCE_BEHIND.HardSwish,
    output: 'output',
  });
  model.output('output', 'float32', ['batch_size', 1000]);
  return model.encode();

  /**
   * @param {string} input
   * @param {{ name: string, from: number, to: number, variance: number, output?: string }} layer
   */
  function dense(input, { name, from: inputs, to, variance: inputVariance, output }) {
    const weights = random.normals(to * inputs, Math.sqrt(1 / (inputs * inputVariance)));
    for (let row = 0; row < to; row++) centre(weights.subarray(row * inputs, (row + 1) * inputs));
    return model.node(
      'Gemm',
      [
        input,
        model.initializer(`${name}.weight`, [to, inputs], weights),
        model.initializer(`${name}.bias`, [to], random.normals(to, 0.01)),
      ],
      { alpha: { f: 1 }, beta: { f: 1 }, transB: 1 },
      { name: `/${name}/Gemm`, ...(output === undefined ? {} : { outputs: [output] }) },
    );
  }
}
