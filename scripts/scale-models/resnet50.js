import { ModelBuilder } from '../fixtures/onnx-builder.js';
import { Random } from '../fixtures/random.js';

/** The deviation of a layer's output of gain 1: its scales are uniform in 0.6..1.4 and its offsets have deviation 0.2. */
const SPREAD = Math.hypot(1, 0.8 / Math.sqrt(12), 0.2);

/** Mean and mean square of such a value after Relu (a half-normal: 1/sqrt(2 pi) and 1/2 for deviation 1). */
const RELU = { mean: SPREAD / Math.sqrt(2 * Math.PI), square: SPREAD ** 2 / 2 };

/**
 * ResNet-50 "v1.5" (He et al. 2015, with the stride of a downsampling block in its 3x3 convolution as torchvision has it):
 * 25.56M parameters, 4.1G MACs, input [batch, 3, 224, 224], output [batch, 1000]. Weights are random.
 * Every filter has mean zero and every BatchNormalization holds the statistics that its input will have,
 * so that activations neither die nor grow, and different images give different answers, through all 53 convolutions.
 *
 * @param {number} seed
 * @returns {Uint8Array} the ONNX file
 */
export function resnet50(seed) {
  const random = new Random(seed);
  const model = new ModelBuilder({ graph: 'main_graph', opset: 17, producer: 'pytorch 2.1.0' });

  /**
   * Conv and BatchNormalization. `moments` are those of the input; the output has mean about 0 and deviation about `gain`.
   *
   * @param {string} x
   * @param {{ path: string, conv: string, norm: string, from: number, to: number, kernel: number, stride: number,
   *           moments: { mean: number, square: number }, gain: number }} layer
   */
  const convolution = (x, { path, conv, norm, from, to, kernel, stride, moments, gain }) => {
    const fanIn = from * kernel * kernel;
    const deviation = Math.sqrt(2 / fanIn);
    const weights = random.normals(to * fanIn, deviation);
    for (let filter = 0; filter < to; filter++)
      centre(weights.subarray(filter * fanIn, (filter + 1) * fanIn));
    const variance = 2 * (moments.square - moments.mean ** 2);
    const dotted = path.replaceAll('/', '.');
    const initializer = (/** @type {string} */ name, /** @type {Float32Array} */ data) =>
      model.initializer(`${dotted}${norm}.${name}`, [to], data);
    const pad = (kernel - 1) / 2;
    const product = model.node(
      'Conv',
      [x, model.initializer(`${dotted}${conv}.weight`, [to, from, kernel, kernel], weights)],
      {
        dilations: [1, 1],
        group: 1,
        kernel_shape: [kernel, kernel],
        pads: [pad, pad, pad, pad],
        strides: [stride, stride],
      },
      { name: `/${path}${conv}/Conv` },
    );
    return model.node(
      'BatchNormalization',
      [
        product,
        initializer('weight', random.uniforms(to, 0.6 * gain, 1.4 * gain)),
        initializer('bias', random.normals(to, 0.2 * gain)),
        initializer('running_mean', random.normals(to, 0.1 * Math.sqrt(variance))),
        initializer('running_var', random.uniforms(to, 0.7 * variance, 1.3 * variance)),
      ],
      { epsilon: { f: 1e-5 }, momentum: { f: 0.9 } },
      { name: `/${path}${norm}/BatchNormalization` },
    );
  };

  let x = model.input('input', 'float32', ['batch_size', 3, 224, 224]);
  x = convolution(x, {
    path: '',
    conv: 'conv1',
    norm: 'bn1',
    from: 3,
    to: 64,
    kernel: 7,
    stride: 2,
    moments: { mean: 0, square: 1 },
    gain: 1,
  });
  x = model.node('Relu', [x], {}, { name: '/relu/Relu' });
  x = model.node(
    'MaxPool',
    [x],
    { ceil_mode: 0, dilations: [1, 1], kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
    { name: '/maxpool/MaxPool' },
  );

  let from = 64;
  // Behind the pooling (the largest of nine neighbours): measured on a run.
  let moments = { mean: 1.44, square: 2.59 };
  // What the residual stream holds, as a sample: its moments have no closed form once Relu and Add alternate.
  const stream = new Float32Array(4096);
  const stages = [
    { width: 64, blocks: 3, stride: 1 },
    { width: 128, blocks: 4, stride: 2 },
    { width: 256, blocks: 6, stride: 2 },
    { width: 512, blocks: 3, stride: 2 },
  ];
  for (const [index, stage] of stages.entries()) {
    const { width } = stage;
    const to = width * 4;
    for (let block = 0; block < stage.blocks; block++) {
      const stride = block === 0 ? stage.stride : 1;
      const path = `layer${index + 1}/layer${index + 1}.${block}/`;
      const short = { path };
      let y = convolution(x, {
        ...short,
        conv: 'conv1',
        norm: 'bn1',
        from,
        to: width,
        kernel: 1,
        stride: 1,
        moments,
        gain: 1,
      });
      y = model.node('Relu', [y], {}, { name: `/${path}relu/Relu` });
      y = convolution(y, {
        ...short,
        conv: 'conv2',
        norm: 'bn2',
        from: width,
        to: width,
        kernel: 3,
        stride,
        moments: RELU,
        gain: 1,
      });
      y = model.node('Relu', [y], {}, { name: `/${path}relu_1/Relu` });
      y = convolution(y, {
        ...short,
        conv: 'conv3',
        norm: 'bn3',
        from: width,
        to,
        kernel: 1,
        stride: 1,
        moments: RELU,
        gain: 0.6,
      });
      if (block === 0) {
        x = convolution(x, {
          path: `${path}downsample/`,
          conv: 'downsample.0',
          norm: 'downsample.1',
          from,
          to,
          kernel: 1,
          stride,
          moments,
          gain: 0.8,
        });
      }
      x = model.node('Add', [y, x], {}, { name: `/${path}Add` });
      x = model.node('Relu', [x], {}, { name: `/${path}relu_2/Relu` });
      for (let i = 0; i < stream.length; i++) {
        const kept = block === 0 ? 0.8 * SPREAD * random.normal() : stream[i];
        stream[i] = Math.max(0, kept + 0.6 * SPREAD * random.normal());
      }
      moments = momentsOf(stream);
      from = to;
    }
  }
  x = model.node('GlobalAveragePool', [x], {}, { name: '/avgpool/GlobalAveragePool' });
  x = model.node('Flatten', [x], { axis: 1 }, { name: '/Flatten' });
  const classifier = random.normals(1000 * 2048, 0.05);
  for (let row = 0; row < 1000; row++) centre(classifier.subarray(row * 2048, (row + 1) * 2048));
  model.node(
    'Gemm',
    [
      x,
      model.initializer('fc.weight', [1000, 2048], classifier),
      model.initializer('fc.bias', [1000], random.normals(1000, 0.01)),
    ],
    { alpha: { f: 1 }, beta: { f: 1 }, transB: 1 },
    { name: '/fc/Gemm', outputs: ['output'] },
  );
  model.output('output', 'float32', ['batch_size', 1000]);
  return model.encode();
}

/**
 * @param {Float32Array} values
 * @returns {{ mean: number, square: number }} their mean and mean square
 */
function momentsOf(values) {
  let mean = 0;
  let square = 0;
  for (const value of values) {
    mean += value / values.length;
    square += value ** 2 / values.length;
  }
  return { mean, square };
}

/** @param {Float32Array} values made zero on average, in place */
export function centre(values) {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) values[i] -= mean;
}
