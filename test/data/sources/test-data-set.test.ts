import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset.js';
import { counting, failure, spec, temporaryFolder } from '../helpers.js';

const { onnx } = onnxProto;
const folder = temporaryFolder();

function write(path: string, name: string, dims: number[], values: number[]): void {
  const tensor = onnx.TensorProto.create({ name, dims, dataType: 1, floatData: values });
  folder.write(path, onnx.TensorProto.encode(tensor).finish());
}

for (const set of counting(11)) {
  write(`zoo/test_data_set_${set}/input_0.pb`, 'b', [1, 2], [set, 0.5]);
  write(`zoo/test_data_set_${set}/input_1.pb`, 'a', [1, set + 1], counting(set + 1));
  write(`zoo/test_data_set_${set}/output_0.pb`, 'out', [1], [0]);
}
write('plain/test_data_set_0/input_0.pb', '', [1, 2], [1, 2]);
write('plain/test_data_set_0/input_1.pb', '', [1, 3], [3, 4, 5]);

const inputs = [spec('a', 'float32', [1, 'n']), spec('b', 'float32', [1, 2])];
const zoo = `${folder.path}/zoo`;

describe('test_data_set folders', () => {
  it('finds inputs by the name in the file, whatever their order', async () => {
    const { calibrate, evaluate } = await openDataset(zoo, inputs);
    expect([calibrate.size, evaluate.size]).toEqual([5, 6]);
    for (const index of counting(6)) {
      const { id, inputs: tensors } = await evaluate.get(index);
      const set = Number(/\d+$/.exec(id)![0]);
      expect(tensors.get('a')!.dims).toEqual([1, set + 1]);
      expect(tensors.get('b')!.toNumbers()[0]).toBe(set);
    }
  });

  it('goes by number where the files hold no names, and takes a single set', async () => {
    const plain = `${folder.path}/plain/test_data_set_0`;
    const { evaluate } = await openDataset(plain, [
      spec('p', 'float32', [1, 2]),
      spec('q', 'float32', [1, 3]),
    ]);
    const { inputs: tensors } = await evaluate.get(0);
    expect(Array.from(tensors.get('q')!.toNumbers())).toEqual([3, 4, 5]);
  });

  it('names the set, the input, and what there is instead', async () => {
    const third = spec('c', 'float32', [1, 2]);
    const { evaluate } = await openDataset(zoo, [...inputs, third]);
    expect((await failure(evaluate.get(0))).message).toMatch(
      /test_data_set_\d+ holds no tensor for input "c" \(it holds: input_0 "b", input_1 "a"\)/,
    );
    const wrong = await openDataset(zoo, [inputs[0]!, spec('b', 'float32', [1, 4])]);
    expect((await failure(wrong.evaluate.get(0))).message).toMatch(
      /sample test_data_set_\d+, input "b": got shape \[1, 2\]/,
    );
  });
});
