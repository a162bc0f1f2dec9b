import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

const elementTypes = { float32: 1, int64: 7, string: 8, bool: 9, float16: 10, int4: 22 } as const;

export interface TinyValue {
  readonly name: string;
  readonly type: keyof typeof elementTypes;
  readonly dims: readonly (number | string)[];
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number>>;
}

export interface TinyModel {
  /** 13 unless said otherwise. */
  readonly opset?: number;
  readonly inputs: readonly TinyValue[];
  readonly outputs: readonly TinyValue[];
  readonly nodes: readonly TinyNode[];
  readonly weights?: Readonly<Record<string, { dims: readonly number[]; values: readonly number[] }>>;
}

/** The bytes of a small model written by onnx-proto, which shares no code with this project. */
export function encodeTiny(model: TinyModel): Uint8Array {
  const info = ({ name, type, dims }: TinyValue): object => ({
    name,
    type: {
      tensorType: {
        elemType: elementTypes[type],
        shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
      },
    },
  });
  return onnx.ModelProto.encode(
    onnx.ModelProto.fromObject({
      irVersion: model.opset === undefined ? 7 : 10,
      opsetImport: [{ domain: '', version: model.opset ?? 13 }],
      graph: {
        name: 'tiny',
        input: model.inputs.map(info),
        output: model.outputs.map(info),
        node: model.nodes.map(({ op, inputs, outputs, ints }) => ({
          opType: op,
          input: inputs,
          output: outputs,
          attribute: Object.entries(ints ?? {}).map(([name, i]) => ({ name, i, type: 2 })),
        })),
        initializer: Object.entries(model.weights ?? {}).map(([name, { dims, values }]) => ({
          name,
          dims,
          dataType: 1,
          rawData: new Uint8Array(Float32Array.from(values).buffer),
        })),
      },
    }),
  ).finish();
}

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-bench-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a model into a temporary folder and gives its path. */
export function writeTiny(name: string, model: TinyModel | Uint8Array): string {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, model instanceof Uint8Array ? model : encodeTiny(model));
  return path;
}

/** scores = x * W, from `features` to `classes`, row by row; the batch is free. */
export function linear(features: number, classes: number, weights: readonly number[]): TinyModel {
  return {
    inputs: [{ name: 'x', type: 'float32', dims: ['batch', features] }],
    outputs: [{ name: 'scores', type: 'float32', dims: ['batch', classes] }],
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['scores'] }],
    weights: { w: { dims: [features, classes], values: weights } },
  };
}
