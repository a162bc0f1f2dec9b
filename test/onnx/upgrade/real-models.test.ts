import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../src/onnx/read.js';
import { upgradeOpset } from '../../../src/onnx/upgrade/upgrade.js';
import { isFloat } from '../../../src/tensor/dtype.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';
import { elementCount, Tensor } from '../../../src/tensor/tensor.js';
import { run, targets } from './models.js';

const folder = fileURLToPath(new URL('../../../../shared/real/models/', import.meta.url));
const present = existsSync(folder);

/** Names of real models, and values that an input must have. */
const models: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ['squeezenet1.1.onnx', {}],
  ['squeezenet1.1-fp16.onnx', {}],
  ['resnet20-cifar10.onnx', {}],
  ['gtcrn-gru.onnx', {}],
  ['bidi-lstm.onnx', {}],
  ['ultraface-rfb-320.onnx', {}],
  ['silero-vad.onnx', { sr: 16_000 }],
];

beforeAll(() => {
  if (!present) console.log('skipped: real models are not there (../shared/real)');
});

describe.skipIf(!present)('real models after the upgrade', () => {
  it.each(models)('%s', async (name, fixed) => {
    const original = await readModel(folder + name);
    const feeds = seededFeeds(original.graph.requiredInputs, fixed);
    const wanted = await run(original, feeds);
    for (const target of targets.filter((opset) => opset > original.opset)) {
      const model = await readModel(folder + name);
      upgradeOpset(model, target);
      const found = await run(model, feeds);
      wanted.forEach((tensor, index) => {
        const [a, b] = [tensor.toNumbers(), found[index]!.toNumbers()];
        let largest = 0;
        for (let i = 0; i < a.length; i += 1)
          largest = Math.max(largest, Math.abs(a[i]! - b[i]!) / (1 + Math.abs(a[i]!)));
        // The runtime fuses another way in newer opsets; half precision rounds at 1e-3.
        expect(largest, `opset ${target}`).toBeLessThan(tensor.dtype === 'float16' ? 2e-3 : 1e-5);
      });
    }
  });
});

type Input = Awaited<ReturnType<typeof readModel>>['graph']['inputs'][number];

function seededFeeds(inputs: readonly Input[], fixed: Readonly<Record<string, number>>): Map<string, Tensor> {
  const random = seededRandom(7);
  return new Map(
    inputs.map(({ name, type }) => {
      if (type?.kind !== 'tensor') throw new Error(`input ${name} is no tensor`);
      // Batches of two; windows of 512 samples of sound.
      const dims = (type.dims ?? []).map((dim, axis) =>
        typeof dim === 'number' ? dim : axis === 0 || type.dims?.length === 3 ? 2 : 512,
      );
      const draw = (): number => fixed[name] ?? (isFloat(type.dtype) ? normal(random) : 1);
      return [name, Tensor.fromNumbers(type.dtype, dims, Array.from({ length: elementCount(dims) }, draw))];
    }),
  );
}
