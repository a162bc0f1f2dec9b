/**
 * A tool and what it makes of a model. `kind` says what it is compared with: graphs that stay float32, 16-bit floats,
 * 8-bit integers.
 * @typedef {object} Tool
 * @property {string} name
 * @property {'graph' | 'float16' | 'integer'} kind
 * @property {string} [environment] of Python; ours have none
 * @property {readonly string[]} versions packages whose version makes a new cell
 * @property {readonly string[]} [words] of our command line, between the model and what all of ours get
 * @property {boolean} [samples] whether our command takes samples
 */

/** @type {readonly Tool[]} */
export const tools = [
  own('graph', 'infer-opt fuse', ['fuse', '--level', 'full']),
  peer('graph', 'onnxsim', ['onnxsim']),
  peer('graph', 'OnnxSlim', ['onnxslim']),
  peer('graph', 'onnxscript', ['onnxscript']),
  own('float16', 'infer-opt fp16', ['quantize', '--mode', 'fp16', '--no-measure']),
  peer('float16', 'onnxconverter-common fp16', ['onnxconverter-common']),
  own('integer', 'infer-opt quantize', ['quantize'], true),
  own('integer', 'infer-opt static', ['quantize', '--mode', 'static', '--no-measure'], true),
  own('integer', 'infer-opt dynamic', ['quantize', '--mode', 'dynamic', '--no-measure'], true),
  peer('integer', 'onnxruntime static, min-max', ['onnxruntime']),
  peer('integer', 'onnxruntime static, entropy', ['onnxruntime']),
  peer('integer', 'onnxruntime static, percentile', ['onnxruntime']),
  peer('integer', 'onnxruntime static, distribution', ['onnxruntime']),
  peer('integer', 'onnxruntime dynamic', ['onnxruntime']),
  peer('integer', 'Neural Compressor static', ['neural-compressor'], 'neural-compressor'),
  peer('integer', 'Neural Compressor dynamic', ['neural-compressor'], 'neural-compressor'),
];

/** @returns {Tool} */
function own(kind, name, words, samples = false) {
  return { name, kind, words, samples, versions: [] };
}

/** @returns {Tool} */
function peer(kind, name, versions, environment = 'usual') {
  return { name, kind, environment, versions };
}
