import { statSync, writeFileSync } from 'node:fs';
import { inferOpt } from './run-tool.js';

/** Samples a step at 16 kHz, and the numbers of the state [2, 1, 128]. */
const window = 512;
const stateDims = [2, 1, 128];

/**
 * Quantizes a voice detector (input, state, sr; output, stateN), and runs both with a state of their own over the same
 * sound: tones that come and go, with noise.
 * @param {{ model: string, artifact: string, data: string, steps: number }} job
 */
export async function carryState({ model, artifact, data, steps }) {
  const windows = Array.from({ length: steps }, (_, step) => soundAt(step));
  const none = Array.from({ length: 256 }, () => 0);
  writeFileSync(data, windows.map((input) => JSON.stringify(lineOf(input, none))).join('\n'));
  const quantized = inferOpt(['quantize', model, '-o', artifact, '--mode', 'dynamic', '--data', data]);
  const { openSession } = await import('../../dist/runtime/session.js');
  const { Tensor } = await import('../../dist/tensor/tensor.js');
  const sides = [await openSession(model), await openSession(artifact)].map((session) => ({
    session,
    state: Tensor.float32(stateDims, new Float32Array(256)),
    outputs: /** @type {number[]} */ ([]),
  }));
  const cosines = [];
  for (const input of windows) {
    for (const side of sides) {
      const found = await side.session.run(
        new Map([
          ['input', Tensor.float32([1, window], Float32Array.from(input))],
          ['state', side.state],
          ['sr', Tensor.of('int64', [], BigInt64Array.of(16000n))],
        ]),
      );
      side.state = /** @type {any} */ (found.get('stateN'));
      side.outputs.push(Number(found.get('output')?.toNumbers()[0]));
    }
    cosines.push(cosine(sides[0].state.toNumbers(), sides[1].state.toNumbers()));
  }
  for (const { session } of sides) await session.close();
  return {
    mode: quantized.mode,
    changed: quantized.changed,
    speedup: quantized.measured?.speedup ?? null,
    size_ratio: statSync(artifact).size / statSync(model).size,
    state_cosine: Math.min(...cosines),
    output_max_abs: Math.max(...sides[0].outputs.map((value, at) => Math.abs(value - sides[1].outputs[at]))),
  };
}

/** @param {readonly number[]} input @param {readonly number[]} state */
function lineOf(input, state) {
  return {
    input: [input],
    state: [[state.slice(0, 128)], [state.slice(128)]],
    sr: 16000,
  };
}

/** @param {number} step */
function soundAt(step) {
  let seed = 1 + step;
  return Array.from({ length: window }, (_, at) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const time = (step * window + at) / 16000;
    const loud = Math.max(0, Math.sin(2 * Math.PI * 1.5 * time));
    const tone = [140, 280, 560, 1120].reduce((sum, f) => sum + Math.sin(2 * Math.PI * f * time), 0);
    return Math.fround(0.1 * loud * tone + 0.01 * (seed / 2 ** 31 - 1));
  });
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function cosine(a, b) {
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, at) => {
    const y = Number(b[at]);
    [ab, aa, bb] = [ab + x * y, aa + x * x, bb + y * y];
  });
  return aa === 0 && bb === 0 ? 1 : ab / Math.sqrt(aa * bb);
}
