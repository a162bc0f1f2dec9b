import type { Node } from '../../../src/ir/node.js';
import { count, fill, indexOf, placeOf, type Array64 } from './array.js';

const settingsOf = (node: Node, kernel: readonly number[]) => ({
  strides: node.ints('strides') ?? kernel.map(() => 1),
  dilations: node.ints('dilations') ?? kernel.map(() => 1),
  pads: node.ints('pads') ?? kernel.flatMap(() => [0, 0]),
});

/** Straight from the definition: every element of the result is a sum over channels and places of the kernel. */
export function conv(node: Node, [x, w, b]: (Array64 | undefined)[]): Array64 {
  const kernel = w!.dims.slice(2);
  const { strides, dilations, pads } = settingsOf(node, kernel);
  const group = node.int('group', 1);
  const [samples, outputs, inside] = [x!.dims[0]!, w!.dims[0]!, w!.dims[1]!];
  const size = kernel.map((k, a) => {
    const whole = x!.dims[a + 2]! + pads[a]! + pads[a + kernel.length]!;
    return Math.floor((whole - dilations[a]! * (k - 1) - 1) / strides[a]!) + 1;
  });
  return fill([samples, outputs, ...size], ([n, o, ...at]) => {
    let sum = b?.data[o!] ?? 0;
    for (let c = 0; c < inside; c++) {
      for (let t = 0; t < count(kernel); t++) {
        const tap = placeOf(t, kernel);
        const from = at.map((p, a) => p * strides[a]! + tap[a]! * dilations[a]! - pads[a]!);
        if (from.some((p, a) => p < 0 || p >= x!.dims[a + 2]!)) continue;
        const channel = Math.floor(o! / (outputs / group)) * inside + c;
        sum +=
          x!.data[indexOf([n!, channel, ...from], x!.dims)]! * w!.data[indexOf([o!, c, ...tap], w!.dims)]!;
      }
    }
    return sum;
  });
}

/** Every element of the input is spread over the places of the kernel. */
export function convTranspose(node: Node, [x, w, b]: (Array64 | undefined)[]): Array64 {
  const kernel = w!.dims.slice(2);
  const { strides, dilations, pads } = settingsOf(node, kernel);
  const extra = node.ints('output_padding') ?? kernel.map(() => 0);
  const group = node.int('group', 1);
  const [samples, inputs, perGroup] = [x!.dims[0]!, w!.dims[0]!, w!.dims[1]!];
  const size = kernel.map((k, a) => {
    const full = (x!.dims[a + 2]! - 1) * strides[a]! + dilations[a]! * (k - 1) + 1 + extra[a]!;
    return full - pads[a]! - pads[a + kernel.length]!;
  });
  const y = fill([samples, perGroup * group, ...size], ([, o]) => b?.data[o!] ?? 0);
  for (let i = 0; i < x!.data.length; i++) {
    const [n, c, ...at] = placeOf(i, x!.dims);
    for (let o = 0; o < perGroup; o++) {
      for (let t = 0; t < count(kernel); t++) {
        const tap = placeOf(t, kernel);
        const to = at.map((p, a) => p * strides[a]! + tap[a]! * dilations[a]! - pads[a]!);
        if (to.some((p, a) => p < 0 || p >= size[a]!)) continue;
        const channel = Math.floor(c! / (inputs / group)) * perGroup + o;
        y.data[indexOf([n!, channel, ...to], y.dims)]! +=
          x!.data[i]! * w!.data[indexOf([c!, o, ...tap], w!.dims)]!;
      }
    }
  }
  return y;
}

/** Largest or average of each window; what the average divides by follows count_include_pad. */
export function pool(node: Node, x: Array64): Array64 {
  const kernel = node.ints('kernel_shape')!;
  const { strides, dilations, pads } = settingsOf(node, kernel);
  const size = kernel.map((k, a) => {
    const whole = x.dims[a + 2]! + pads[a]! + pads[a + kernel.length]!;
    return Math.floor((whole - dilations[a]! * (k - 1) - 1) / strides[a]!) + 1;
  });
  return fill([...x.dims.slice(0, 2), ...size], ([n, c, ...at]) => {
    const seen: number[] = [];
    for (let t = 0; t < count(kernel); t++) {
      const tap = placeOf(t, kernel);
      const from = at.map((p, a) => p * strides[a]! + tap[a]! * dilations[a]! - pads[a]!);
      if (from.some((p, a) => p < 0 || p >= x.dims[a + 2]!)) continue;
      seen.push(x.data[indexOf([n!, c!, ...from], x.dims)]!);
    }
    if (node.opType === 'MaxPool') return Math.max(...seen);
    const by = node.int('count_include_pad', 0) === 1 ? count(kernel) : seen.length;
    return seen.reduce((a, b) => a + b, 0) / by;
  });
}
