import { describe, expect, it } from 'vitest';
import { gpusFromCsv } from '../../src/runtime/gpus.js';

describe('GPUs', () => {
  it('reads a line for each', () => {
    const text = 'NVIDIA H100 80GB HBM3, 550.90.07, 81559, 9.0\nNVIDIA L4, 550.90.07, 23034, [N/A]\n';
    expect(gpusFromCsv(text)).toEqual([
      {
        name: 'NVIDIA H100 80GB HBM3',
        driver: '550.90.07',
        memory_bytes: 81559 * 2 ** 20,
        compute_capability: '9.0',
      },
      { name: 'NVIDIA L4', driver: '550.90.07', memory_bytes: 23034 * 2 ** 20, compute_capability: null },
    ]);
  });

  it('takes a sentence for what it is', () => {
    expect(gpusFromCsv('No devices were found\n')).toEqual([]);
  });
});
