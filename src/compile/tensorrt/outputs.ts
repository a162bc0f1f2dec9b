import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InferOptError } from '../../errors.js';

/** Numbers that JSON cannot say, as C++ prints them. */
const number = z.union([z.number(), z.enum(['nan', '-nan', 'inf', '-inf']).transform(fromText)]);

const output = z.looseObject({ name: z.string(), dimensions: z.string(), values: z.array(number) });

export interface EngineOutput {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

/** Reads what `--exportOutput` wrote: name, dims as "1x1000", and the values of each output. */
export async function readOutputs(file: string): Promise<ReadonlyMap<string, EngineOutput>> {
  try {
    return parseOutputs(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new InferOptError('environment', 'trtexec wrote no outputs that can be read', {
      hint: 'check the engine without --data, or see the log',
      cause,
    });
  }
}

export function parseOutputs(text: string): ReadonlyMap<string, EngineOutput> {
  // nan and inf stand bare in the file, which is no JSON then.
  const json = text.replace(/(?<=[[,\s])-?(?:nan|inf)(?=[\],\s])/g, (word) => `"${word}"`);
  const outputs = z.array(output).parse(JSON.parse(json));
  return new Map(
    outputs.map(({ name, dimensions, values }) => {
      const dims = dimensions.trim() === '' ? [] : dimensions.split('x').map((part) => Number(part.trim()));
      return [name, { dims, values: Float64Array.from(values) }];
    }),
  );
}

function fromText(text: string): number {
  return text.endsWith('nan') ? NaN : text.startsWith('-') ? -Infinity : Infinity;
}
