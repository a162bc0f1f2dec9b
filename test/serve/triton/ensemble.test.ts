import { describe, expect, it } from 'vitest';
import { ensembleConfig } from '../../../src/serve/triton/ensemble.js';
import type { ModelConfig, TensorConfig } from '../../../src/serve/triton/model-config.js';
import { enumName } from '../../../src/serve/triton/text-format.js';

const tensor = (name: string, dims: readonly number[], type = 'TYPE_FP32'): TensorConfig => ({
  name,
  data_type: enumName(type),
  dims,
});
const step = (
  name: string,
  maxBatch: number,
  input: TensorConfig[],
  output: TensorConfig[],
): { config: ModelConfig } => ({
  config: { name, max_batch_size: maxBatch, input, output },
});

describe('ensembleConfig', () => {
  it('joins by name, else by place, and keeps what nobody reads out of it', () => {
    const config = ensembleConfig('all', [
      step('prepare', 16, [tensor('raw', [-1])], [tensor('pixels', [3, 8, 8])]),
      step('classify', 8, [tensor('x', [3, 8, 8])], [tensor('scores', [10]), tensor('features', [64])]),
      step(
        'answer',
        8,
        [tensor('scores', [10]), tensor('names', [10], 'TYPE_STRING')],
        [tensor('label', [1])],
      ),
    ]);
    expect(config.max_batch_size).toBe(8);
    expect(config.input!.map(({ name }) => name)).toEqual(['raw', 'names']);
    expect(config.output!.map(({ name }) => name)).toEqual(['label']);
    expect(config.ensemble_scheduling!.step).toMatchObject([
      {
        model_name: 'prepare',
        input_map: [{ key: 'raw', value: 'raw' }],
        output_map: [{ key: 'pixels', value: 'pixels' }],
      },
      { input_map: [{ key: 'x', value: 'pixels' }], output_map: [{ key: 'scores', value: 'scores' }] },
      {
        input_map: [
          { key: 'scores', value: 'scores' },
          { key: 'names', value: 'names' },
        ],
      },
    ]);
  });

  it('names the batch when one of its models takes none', () => {
    const config = ensembleConfig('all', [
      step('a', 8, [tensor('x', [4])], [tensor('y', [4])]),
      step('b', 0, [tensor('y', [-1, 4])], [tensor('z', [-1, 2])]),
    ]);
    expect(config.max_batch_size).toBe(0);
    expect(config.input![0]!.dims).toEqual([-1, 4]);
    expect(config.output![0]!.dims).toEqual([-1, 2]);
  });

  it.each([
    ['types', tensor('y', [4], 'TYPE_INT64'), 'a gives y as TYPE_FP32[-1,4], but b takes TYPE_INT64[-1,4]'],
    ['lengths', tensor('y', [5]), 'but b takes TYPE_FP32[-1,5]'],
  ])('refuses %s that do not fit', (_, input, message) => {
    const steps = [
      step('a', 8, [tensor('x', [4])], [tensor('y', [4])]),
      step('b', 8, [input], [tensor('z', [2])]),
    ];
    expect(() => ensembleConfig('all', steps)).toThrow(message);
  });
});
