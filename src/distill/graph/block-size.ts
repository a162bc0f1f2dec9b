import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Model } from '../../ir/model.js';
import { tensorType } from '../../ir/types.js';
import { decodeModel } from '../../onnx/read.js';
import { openSession } from '../../runtime/session.js';
import { withTemporaryFolder } from '../../runtime/temporary-folder.js';
import { Tensor } from '../../tensor/tensor.js';
import { blockedDomain } from '../gradients/convolution/blocked.js';

/** More channels than any block has. */
const channels = 64;
const taps = 9;

let known: Promise<number | undefined> | undefined;

/**
 * How many channels the runtime puts beside each other for its fastest convolutions on this processor; undefined where
 * it has none of these. It is read off a convolution that the runtime has rewritten for itself.
 */
export function blockSize(): Promise<number | undefined> {
  known ??= findBlockSize();
  return known;
}

async function findBlockSize(): Promise<number | undefined> {
  const model = Model.create(17);
  const { graph } = model;
  const image = graph.newValue('image', tensorType('float32', [1, channels, 8, 8]));
  const result = graph.newValue('result', tensorType('float32', [1, channels, 8, 8]));
  const numbered = Float32Array.from({ length: channels * channels * taps }, (_, i) => i);
  const weight = graph.addConstant('weight', Tensor.float32([channels, channels, 3, 3], numbered));
  graph.addInput(image);
  graph.addNode('Conv', [image, weight], {
    attributes: [['pads', { kind: 'ints', value: [1n, 1n, 1n, 1n] }]],
    outputs: [result],
  });
  graph.addOutput(result);
  const laid = await withTemporaryFolder(async (folder) => {
    const file = path.join(folder, 'optimized.onnx');
    const session = await openSession(model, { optimizedModelPath: file });
    await session.close();
    const nodes = [...decodeModel(await readFile(file)).graph.nodes()];
    return nodes.find(({ domain, opType }) => domain === blockedDomain && opType === 'Conv')?.inputs[1]
      ?.constant;
  });
  if (laid === undefined || laid.size !== numbered.length) return undefined;
  const values = laid.toNumbers();
  // Outputs of a block lie side by side; behind them comes the next input of the first output.
  const block = Array.from({ length: channels }, (_, i) => i).find((at) => values[at] === taps);
  return block !== undefined && numbered.every((_, at) => values[at] === originOf(at, block))
    ? block
    : undefined;
}

/** Where the weight at a place of the laid-out memory comes from: [outputs, inputs, taps, inputs, outputs]. */
function originOf(at: number, block: number): number {
  const [output, input] = [at % block, Math.floor(at / block) % block];
  const tap = Math.floor(at / block ** 2) % taps;
  const inputBlock = Math.floor(at / (block ** 2 * taps)) % (channels / block);
  const outputBlock = Math.floor(at / (block * taps * channels));
  return ((outputBlock * block + output) * channels + inputBlock * block + input) * taps + tap;
}
