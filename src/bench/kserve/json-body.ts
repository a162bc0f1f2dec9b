import { z } from 'zod';
import { isFloat } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Encoding, PreparedRequest } from './client.js';
import { datatypeOf, dtypeOf, rawOf, tensorFromRaw } from './datatype.js';
import { ServerError } from './server-error.js';

/** The extension for binary tensors: so many bytes of JSON come first, the tensors' bytes behind them. */
export const jsonLengthHeader = 'inference-header-content-length';

/**
 * The body of an inference request: https://github.com/kserve/open-inference-protocol, with
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md when binary.
 */
export function requestBody(feeds: ReadonlyMap<string, Tensor>, encoding: Encoding): PreparedRequest {
  const binary = encoding === 'binary';
  const raw = binary ? Array.from(feeds.values(), rawOf) : [];
  const inputs = Array.from(feeds, ([name, tensor], index) => {
    const head = JSON.stringify({ name, shape: tensor.dims, datatype: datatypeOf(tensor.dtype) });
    const rest = binary
      ? `"parameters":{"binary_data_size":${raw[index]!.byteLength}}`
      : `"data":[${jsonData(tensor).join(',')}]`;
    return `${head.slice(0, -1)},${rest}}`;
  });
  const head = Buffer.from(
    `{"inputs":[${inputs.join(',')}]${binary ? ',"parameters":{"binary_data_output":true}' : ''}}`,
  );
  if (!binary) return { body: head, headers: { 'content-type': 'application/json' } };
  return {
    body: Buffer.concat([head, ...raw]),
    headers: { 'content-type': 'application/octet-stream', [jsonLengthHeader]: String(head.byteLength) },
  };
}

/** Each element as JSON; 64-bit integers in full, which no number of JavaScript holds. */
function jsonData(tensor: Tensor): string[] {
  switch (tensor.dtype) {
    case 'string':
      return tensor.strings.map((text) => JSON.stringify(new TextDecoder().decode(text)));
    case 'bool':
      return Array.from(tensor.toNumbers(), (value) => String(value !== 0));
    case 'int64':
    case 'uint64':
      return tensor.toBigInts().map(String);
    default:
      return Array.from(tensor.toNumbers(), (value) => JSON.stringify(value));
  }
}

const answer = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.int().min(0)),
      parameters: z.object({ binary_data_size: z.int().min(0).optional() }).nullish(),
      data: z.unknown().optional(),
    }),
  ),
});

/** Outputs of an answer; `jsonLength` is the header of the binary extension, undefined without. Throws ServerError `protocol`. */
export function outputsOf(body: Buffer, jsonLength: number | undefined, label: string): Map<string, Tensor> {
  const wrong = (what: string): ServerError =>
    new ServerError('protocol', `${label}: ${what} is not what the protocol says`);
  let parsed: z.infer<typeof answer>;
  try {
    parsed = answer.parse(JSON.parse(body.subarray(0, jsonLength ?? body.length).toString('utf8')));
  } catch {
    throw wrong('the answer');
  }
  let at = jsonLength ?? body.length;
  const outputs = new Map<string, Tensor>();
  for (const { name, datatype, shape, parameters, data } of parsed.outputs) {
    const dtype = dtypeOf(datatype);
    if (dtype === undefined) throw wrong(`output "${name}" of type ${datatype}`);
    const size = parameters?.binary_data_size;
    try {
      if (size !== undefined) {
        // A copy: floats need an address that is a multiple of their size, and the body need not be kept.
        outputs.set(name, tensorFromRaw(dtype, shape, Uint8Array.from(body.subarray(at, at + size))));
        at += size;
      } else {
        const flat = [data].flat(Infinity) as (number | boolean | string)[];
        outputs.set(
          name,
          dtype === 'string'
            ? Tensor.fromStrings(shape, flat.map(String))
            : Tensor.fromNumbers(dtype, shape, flat.map(isFloat(dtype) ? toFloat : Number)),
        );
      }
    } catch {
      throw wrong(`output "${name}" ${datatype}[${shape.join(', ')}] with its contents`);
    }
  }
  return outputs;
}

/** JSON has no numbers that are not finite; servers write null for them, if anything. */
function toFloat(value: unknown): number {
  return value === null ? NaN : Number(value);
}
