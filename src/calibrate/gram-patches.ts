import type { Node } from '../ir/node.js';

/** Where a convolution looks: kernel, strides, dilations and padding along each spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** ONNX `pads`: begins, then ends; undefined with `autoPad`. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

/** The window of a Conv whose weights have these dims. */
export function windowOf(node: Node, weightDims: readonly number[]): Window {
  const kernel = weightDims.slice(2);
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: node.ints('strides') ?? ones,
    dilations: node.ints('dilations') ?? ones,
    pads: node.ints('pads') ?? [...ones, ...ones].map(() => 0),
    autoPad: node.string('auto_pad', 'NOTSET'),
  };
}

/** For one size of input: which element each place of the kernel sees at each place of the output, -1 for padding. */
export interface PatchTable {
  /** Places of the output. */
  readonly places: number;
  /** Places of the kernel. */
  readonly taps: number;
  /** [places, taps] */
  readonly sources: Int32Array;
}

/** By the definition of Conv (https://onnx.ai/onnx/operators/onnx__Conv.html). `dims`: the spatial dims of the input. */
export function patchTable(window: Window, dims: readonly number[]): PatchTable {
  const axes = dims.map((length, axis) => axisSources(window, axis, length));
  let sources: Int32Array = Int32Array.of(0);
  let [places, taps] = [1, 1];
  axes.forEach((axis, index) => {
    const length = dims[index]!;
    const wider = new Int32Array(sources.length * axis.places * axis.taps);
    for (let p = 0; p < places; p++) {
      for (let q = 0; q < axis.places; q++) {
        for (let t = 0; t < taps; t++) {
          const outer = sources[p * taps + t]!;
          for (let u = 0; u < axis.taps; u++) {
            const inner = axis.sources[q * axis.taps + u]!;
            const at = (p * axis.places + q) * taps * axis.taps + t * axis.taps + u;
            wider[at] = outer < 0 || inner < 0 ? -1 : outer * length + inner;
          }
        }
      }
    }
    sources = wider;
    places *= axis.places;
    taps *= axis.taps;
  });
  return { places, taps, sources };
}

function axisSources(window: Window, axis: number, length: number): PatchTable {
  const rank = window.kernel.length;
  const taps = window.kernel[axis]!;
  const stride = window.strides[axis]!;
  const dilation = window.dilations[axis]!;
  const extent = (taps - 1) * dilation + 1;
  let begin = window.pads[axis]!;
  let places = Math.floor((length + begin + window.pads[axis + rank]! - extent) / stride) + 1;
  if (window.autoPad === 'VALID') {
    begin = 0;
    places = Math.floor((length - extent) / stride) + 1;
  } else if (window.autoPad.startsWith('SAME')) {
    places = Math.ceil(length / stride);
    const total = Math.max(0, (places - 1) * stride + extent - length);
    begin = window.autoPad === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2);
  }
  const sources = new Int32Array(Math.max(0, places) * taps);
  for (let place = 0; place < places; place++) {
    for (let tap = 0; tap < taps; tap++) {
      const source = place * stride - begin + tap * dilation;
      sources[place * taps + tap] = source < 0 || source >= length ? -1 : source;
    }
  }
  return { places: Math.max(0, places), taps, sources };
}

/**
 * Rows of a convolution seen as a matrix product: for every `step`-th place of the output from `first` on, what
 * the kernel sees in `channels` channels from `channel` on; columns as in the weights, [channel, tap].
 */
export function patches(
  table: PatchTable,
  image: Float32Array,
  imageSize: number,
  { channel, channels }: { readonly channel: number; readonly channels: number },
  { first, step }: { readonly first: number; readonly step: number },
): Float32Array {
  const rows = Math.max(0, Math.ceil((table.places - first) / step));
  const { taps, sources } = table;
  const matrix = new Float32Array(rows * channels * taps);
  let at = 0;
  for (let place = first; place < table.places; place += step) {
    const base = place * taps;
    for (let c = channel; c < channel + channels; c++) {
      const offset = c * imageSize;
      for (let tap = 0; tap < taps; tap++) {
        const source = sources[base + tap]!;
        matrix[at++] = source < 0 ? 0 : image[offset + source]!;
      }
    }
  }
  return matrix;
}
