import { integersOf } from '../../passes/match.js';
import { axesOf } from './axes.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Zeros around what was cut out. */
export const slice: Gradient = {
  operator: 'Slice',
  places: [0],
  refuses(node) {
    const given = [1, 2, 3, 4].every((place) => {
      return node.inputs[place] === undefined || integersOf(node.inputs[place]) !== undefined;
    });
    if (!given) return 'where it cuts is not constant';
    return integersOf(node.inputs[4])?.some((step) => step < 1) === true ? 'it reads backwards' : undefined;
  },
  build(site) {
    const { node, emitter } = site;
    const dims = emitter.dims(node.inputs[0]!);
    let gradient = outputGradient(site);
    const starts = integersOf(node.inputs[1])!;
    const axes = axesOf(node, dims.length, 3) ?? starts.map((_, axis) => axis);
    const steps = integersOf(node.inputs[4]) ?? axes.map(() => 1);
    const before = dims.map(() => 0);
    const after = dims.map(() => 0);
    axes.forEach((axis, i) => {
      const length = dims[axis]!;
      const start = Math.min(Math.max(starts[i]! < 0 ? starts[i]! + length : starts[i]!, 0), length);
      gradient = spread(emitter, gradient, axis, steps[i]!);
      before[axis] = start;
      after[axis] = length - start - emitter.dims(gradient)[axis]!;
    });
    return [emitter.pad(gradient, before, after)];
  },
};

/** `step - 1` zeros between neighbours along an axis. */
function spread(
  emitter: Parameters<Gradient['build']>[0]['emitter'],
  value: ReturnType<typeof outputGradient>,
  axis: number,
  step: number,
): ReturnType<typeof outputGradient> {
  if (step === 1) return value;
  const dims = emitter.dims(value);
  const split = [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)];
  const ends = split.map((_, place) => (place === axis + 1 ? step - 1 : 0));
  const padded = emitter.pad(
    emitter.reshape(value, split),
    split.map(() => 0),
    ends,
  );
  const merged = emitter.reshape(
    padded,
    dims.map((dim, place) => (place === axis ? dim * step : dim)),
  );
  return emitter.slice(merged, { axes: [axis], starts: [0], ends: [dims[axis]! * step - (step - 1)] });
}
