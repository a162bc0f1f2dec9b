import type { Model } from '../ir/model.js';
import type { Value } from '../ir/value.js';
import { Tensor } from '../tensor/tensor.js';
import { tensorType } from '../ir/types.js';
import { squaredError } from './losses/squared-error.js';
import { ChannelTraces } from './channel-traces.js';
import { Network, type NetworkOptions } from './network.js';
import { rowsOf } from './samples.js';
import type { OpenTeacher, Teacher } from './teacher.js';
import type { LossTerm } from './terms.js';

/** Operators whose results are worth imitating: what a layer hands on. */
const activations = [
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Clip',
  'HardSwish',
  'Gelu',
  'Elu',
  'Tanh',
  'LayerNormalization',
];

/** Inner values that are imitated at most, spread over the depth. */
const mostHints = 12;

/** A channel of the student is one of the teacher's where they correlate at least so much. */
const leastCorrelation = 0.5;

/** At least this share of a value's channels must be found again. */
const leastShare = 0.5;

interface Settings extends NetworkOptions {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly sample: ReadonlyMap<string, Tensor>;
  /** Of all hints together, against that of the outputs. */
  readonly weight: number;
}

/**
 * Terms that hold inner values of the student to values of the same name in the teacher (FitNets, Romero et al. 2015).
 * Where channels were pruned, each channel of the student is held to the one of the teacher that it correlates with
 * most; what picks these is added to the student and to `guide`, a copy of the teacher.
 */
export async function hintTerms(
  student: Model,
  guide: Model,
  teacher: Teacher,
  settings: Settings,
): Promise<LossTerm[]> {
  const names = spread(candidates(student, guide), mostHints);
  if (names.length === 0) return [];
  const { inputs, sample } = settings;
  const own = await tracesOf(await Network.open(student, names, sample, settings), names, inputs);
  const other = await tracesOf(await teacher.open(names, sample, settings), names, inputs);
  const found = names.flatMap((name, i) => {
    const matched = matchChannels(own[i]!, other[i]!);
    if (matched === undefined) return [];
    return [
      {
        student: picked(student, name, matched.student, own[i]!.channels),
        teacher: picked(guide, name, matched.teacher, other[i]!.channels),
        power: Math.max(other[i]!.meanSquare, 1e-12),
      },
    ];
  });
  return found.map(({ power, ...pair }) => ({
    ...pair,
    loss: squaredError,
    settings: { temperature: 1, power },
    weight: settings.weight / found.length,
  }));
}

/** Activations that both models have under one name, with equal ranks, in the order of the student. */
function candidates(student: Model, teacher: Model): string[] {
  const inner = (value: Value | undefined): value is Value => value !== undefined && !value.isGraphOutput;
  return [...student.graph.nodes()].flatMap((node) => {
    const [value] = node.outputs;
    if (!activations.includes(node.opType) || !inner(value)) return [];
    const twin = teacher.graph.get(value.name);
    return inner(twin) && twin.producer?.opType === node.opType ? [value.name] : [];
  });
}

/** At most `count` of a list, evenly, the last one among them. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.round(((i + 1) * list.length) / count) - 1]!);
}

/** What inner values look like over some samples, a few samples at a time: all at once they can take gigabytes. */
async function tracesOf(
  network: OpenTeacher,
  names: readonly string[],
  inputs: ReadonlyMap<string, Tensor>,
): Promise<ChannelTraces[]> {
  const traces = names.map(() => new ChannelTraces());
  const samples = [...inputs.values()][0]!.dims[0]!;
  try {
    for (let start = 0; start < samples; start += network.batch) {
      const count = Math.min(network.batch, samples - start);
      const some = new Map([...inputs].map(([name, tensor]) => [name, rowsOf(tensor, start, count)]));
      (await network.run(some)).forEach((value, i) => {
        traces[i]!.add(value);
      });
    }
  } finally {
    await network.close();
  }
  return traces;
}

/** Which channels (axis 1) belong together; undefined where the values are not comparable or too few do. */
export function matchChannels(
  own: ChannelTraces,
  other: ChannelTraces,
): { student: number[] | undefined; teacher: number[] | undefined } | undefined {
  const [a, b] = [own.dims, other.dims];
  if (a.length !== b.length || a.length < 2 || a.some((dim, axis) => axis > 1 && dim !== b[axis]))
    return undefined;
  if (own.channels === other.channels) return { student: undefined, teacher: undefined };
  const [mine, theirs] = [own.normalized(), other.normalized()];
  const pairs = mine.flatMap((channel, s) =>
    theirs.map((twin, t) => ({
      s,
      t,
      correlation: channel.reduce((sum, value, i) => sum + value * twin[i]!, 0),
    })),
  );
  pairs.sort((x, y) => y.correlation - x.correlation);
  const chosen = new Map<number, number>();
  const taken = new Set<number>();
  for (const { s, t, correlation } of pairs) {
    if (!(correlation >= leastCorrelation)) break;
    if (chosen.has(s) || taken.has(t)) continue;
    chosen.set(s, t);
    taken.add(t);
  }
  if (chosen.size < leastShare * mine.length) return undefined;
  const order = [...chosen.keys()].sort((x, y) => x - y);
  return {
    student: order.length === mine.length ? undefined : order,
    teacher: order.map((s) => chosen.get(s)!),
  };
}

/** The name of a value that holds these channels of another one. */
function picked(model: Model, name: string, channels: readonly number[] | undefined, all: number): string {
  if (channels === undefined || (channels.length === all && channels.every((c, i) => c === i))) return name;
  const { graph } = model;
  const value = graph.get(name)!;
  const dims = value.type?.kind === 'tensor' ? value.type.dims?.with(1, channels.length) : undefined;
  const indices = graph.addConstant('hint_channels', Tensor.int64([channels.length], channels));
  const output = graph.newValue(`${name}_hint`, tensorType('float32', dims));
  graph.addNode('Gather', [value, indices], {
    outputs: [output],
    attributes: [['axis', { kind: 'int', value: 1n }]],
  });
  return output.name;
}
