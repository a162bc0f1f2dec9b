import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { formatType } from '../ir/types.js';
import type { Value } from '../ir/value.js';

/** A value of the student and the one of the teacher that it is to be like. */
export interface Pair {
  readonly student: Value;
  readonly teacher: Value;
  /** True where both are scores of classes, before they become probabilities. */
  readonly scores: boolean;
}

/**
 * Pairs the float outputs of both models, by name where names agree, else by place. A Softmax at the end is left
 * off: losses start from scores. Throws `model` where the outputs are not alike.
 */
export function matchOutputs(student: Model, teacher: Model): Pair[] {
  const own = floats(student);
  const other = floats(teacher);
  if (own.length === 0 || own.length !== other.length) {
    throw new InferOptError(
      'model',
      `the student has ${own.length} float32 outputs and the teacher ${other.length}`,
      { hint: 'a student gives what its teacher gives' },
    );
  }
  const names = new Set(other.map(({ name }) => name));
  const byName = own.every(({ name }) => names.has(name));
  return own.map((value, place) => {
    const twin = byName ? other.find(({ name }) => name === value.name)! : other[place]!;
    checkAlike(value, twin);
    const [a, b] = [beforeSoftmax(value), beforeSoftmax(twin)];
    const rank = value.type?.kind === 'tensor' ? (value.type.dims?.length ?? 0) : 0;
    const classes = value.type?.kind === 'tensor' ? value.type.dims?.at(-1) : undefined;
    const scores = a !== value || b !== twin || (rank === 2 && typeof classes === 'number' && classes > 1);
    return { student: scores ? a : value, teacher: scores ? b : twin, scores };
  });
}

function floats(model: Model): Value[] {
  return model.graph.outputs.filter(({ type }) => type?.kind === 'tensor' && type.dtype === 'float32');
}

function checkAlike(student: Value, teacher: Value): void {
  const [a, b] = [student, teacher].map(({ type }) => (type?.kind === 'tensor' ? type.dims : undefined));
  const alike =
    a === undefined ||
    b === undefined ||
    (a.length === b.length &&
      a.every((dim, axis) => {
        // The first length is the batch, which either may leave open.
        return axis === 0 || typeof dim !== 'number' || typeof b[axis] !== 'number' || dim === b[axis];
      }));
  if (alike) return;
  throw new InferOptError(
    'model',
    `the student gives ${student.name} as ${formatType(student.type)}, the teacher ${teacher.name} as ${formatType(teacher.type)}`,
    { hint: 'a student gives what its teacher gives' },
  );
}

/**
 * What a Softmax over the last axis, at the end of a graph, reads; the value itself without one. A Relu before it is
 * left off as well: a class whose score it cuts off for all samples would never learn.
 */
function beforeSoftmax(value: Value): Value {
  const node = value.producer;
  if (node?.is('Softmax', 'LogSoftmax') !== true) return value;
  const dims = value.type?.kind === 'tensor' ? value.type.dims : undefined;
  const axis = node.int('axis', dims?.length === 2 ? 1 : -1);
  if (axis !== -1 && axis !== (dims?.length ?? 0) - 1) return value;
  const scores = node.inputs[0]!;
  return scores.producer?.is('Relu') === true ? scores.producer.inputs[0]! : scores;
}
