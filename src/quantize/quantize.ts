import { mkdtemp, rm } from 'node:fs/promises';
import { rangeMethods } from '../calibrate/methods/list.js';
import { readRanges } from '../calibrate/ranges-file.js';
import type { RangeMethod } from '../calibrate/range-method.js';
import { openDataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { rememberInput } from '../onnx/input-file.js';
import { tooLargeToRun } from '../onnx/large.js';
import { loadModel } from '../onnx/load.js';
import { temporaryPrefix } from '../leftovers.js';
import { checkOutputFile } from '../output-file.js';
import { refuseCrashing } from '../runtime/refuse-crashing.js';
import { Job } from './job.js';
import { modes } from './modes/list.js';
import type { Mode } from './modes/mode.js';
import { refuseQuantized, weightType } from './recognize.js';
import type { QuantizeRequest } from './request.js';
import type { QuantizeResult } from './result.js';
import { chooseTarget, type ChosenTarget } from './targets/choose.js';

export type { QuantizeRequest } from './request.js';

/**
 * Makes a model smaller, writes it, and says what came out of it: the whole of `infer-opt quantize`. With mode
 * `auto` the modes that suggest themselves are tried and measured, and the float model is kept when none
 * pays. Throws `model` for a model that is quantized already or that nothing can be done to.
 */
export async function quantizeModel(request: QuantizeRequest): Promise<QuantizeResult> {
  const mode = modeNamed(request.mode ?? 'auto');
  const method = methodNamed(request.calibration ?? 'auto');
  const chosen = await chooseTarget(request.target ?? 'auto');
  refuseUseless(mode, chosen);
  await checkOutputFile(request.output, [request.model]);
  if (request.saveRanges !== undefined)
    await checkOutputFile(request.saveRanges, [request.model, request.output]);
  const checkInput = await rememberInput(request.model);
  const original = await loadModel(request.model);
  refuseQuantized(original, request.model);
  refuseHalfWeights(original, request.model, mode);
  const dataset = await openDataset(request.data, inputSpecs(original), request.dataset);
  const notRun = tooLargeToRun(original);
  refuseRunning(request, mode, notRun);
  if (notRun === undefined) await refuseCrashing(request.model, request.signal);
  const ranges = request.ranges === undefined ? undefined : await readRanges(request.ranges);
  const folder = await mkdtemp(temporaryPrefix());
  try {
    return await new Job(request, { ranges, method, chosen, dataset, folder, checkInput, notRun }).run(
      mode,
      original,
    );
  } catch (cause) {
    if (request.data !== undefined || !(cause instanceof InferOptError) || cause.code !== 'data') throw cause;
    // Made-up inputs fit types and shapes, which is not enough for every model.
    throw new InferOptError('data', cause.message, {
      cause,
      hint: 'the inputs were made up: give real ones with --data',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Throws `usage` where a mode would have to run a model that is too large for it. */
function refuseRunning(
  { model, data }: QuantizeRequest,
  mode: Mode | undefined,
  notRun: string | undefined,
): void {
  const runs =
    mode === undefined || mode.name === 'static' || (mode.name === 'weights' && data !== undefined);
  if (notRun === undefined || !runs) return;
  throw new InferOptError('usage', `${model} is not run: ${notRun}`, {
    hint: 'name a mode that needs no run: dynamic, fp16, or weights without --data',
  });
}

function modeNamed(name: string): Mode | undefined {
  if (name === 'auto') return undefined;
  const mode = modes.find((candidate) => candidate.name === name);
  if (mode !== undefined) return mode;
  throw new InferOptError('usage', `there is no mode ${JSON.stringify(name)}`, {
    hint: `choose auto or one of ${modes.map((one) => one.name).join(', ')}`,
  });
}

/** Throws `usage` for a mode that gives what the target cannot take. */
function refuseUseless(mode: Mode | undefined, { target }: ChosenTarget): void {
  if (mode === undefined || target.modes === undefined || target.modes.named.includes(mode.name)) return;
  throw new InferOptError('usage', `mode ${mode.name} is of no use for target ${target.name}`, {
    hint: `choose auto or one of ${target.modes.named.join(', ')}`,
  });
}

function methodNamed(name: string): RangeMethod {
  const method = rangeMethods.find((candidate) => candidate.name === name);
  if (method !== undefined) return method;
  throw new InferOptError('usage', `there is no calibration method ${JSON.stringify(name)}`, {
    hint: `choose one of ${rangeMethods.map((one) => one.name).join(', ')}`,
  });
}

function refuseHalfWeights(model: Model, file: string, mode: Mode | undefined): void {
  const dtype = weightType(model);
  if (dtype !== 'float16' && dtype !== 'bfloat16') return;
  throw new InferOptError(
    'model',
    `the weights of ${file} are ${dtype}${mode === undefined ? '' : `, which mode ${mode.name} does not start from`}`,
    {
      hint: 'start from the float32 model that it was made from',
    },
  );
}
