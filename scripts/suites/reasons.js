/** Messages by what they say, so that counts are of reasons and not of names. The first match wins. */
const reasons = /** @type {const} */ ([
  [/^the test data cannot be read/, 'the test data holds sequences or optional values, which cannot be fed'],
  [/^the test data lacks/, 'the test data leaves out an optional input, which the binding cannot'],
  [/^it does not run on its test data/, 'the runtime does not run it on its own test data'],
  [/^no inputs were found/, 'no inputs were found on which it runs'],
  [/^not met by the original/, 'not met by the original opset either: the runtime differs from the standard'],
  [/^met$/, 'met'],
  [
    /needs \d+ bytes and has|raw_data size/,
    'a tensor whose bytes do not match its shape (weights were stripped)',
  ],
  [/External data path/, 'external data that is not beside the model, or outside of its folder'],
  [/Missing opset/, 'the file names no operator set'],
  [/outer scope value being returned/, 'a body that returns an outer value, which the runtime does not take'],
  [/pool_attributes/, 'pooling attributes that the runtime does not take'],
  [
    /has its data in .* (?:is not there|outside of)/,
    'external data that is not beside the model, or outside of its folder',
  ],
  [/defined twice|defined already|duplicate|Duplicate/, 'a name that is defined twice'],
  [
    /under development|ValidateOps|till opset|opset .* is not|opset .*not.*yet/i,
    'an opset that this runtime does not have yet',
  ],
  [/IR version/i, 'an IR version that this runtime does not have yet'],
  [
    /element type that onnxruntime-node cannot pass/,
    'an input or output of a type that the binding cannot pass (bfloat16, float8, complex)',
  ],
  [
    /No Op registered|is unknown to the runtime|No opset import|not a registered function/,
    'an operator that the runtime does not know (a custom one, or an invented name)',
  ],
  [/LayerNormFusion/, 'the runtime fuses LayerNormalization into a form that the standard does not allow'],
  [
    /no kernel|find kernel|NOT_IMPLEMENTED|find an implementation/,
    'no CPU kernel for the operator in that version or type',
  ],
  [/EPContext|is not compatible with any execution provider/, 'compiled for another execution provider'],
  [/string_normalizer/, 'a locale that this machine does not have'],
  [/deep_cpu_gru|lstm_base|rnn\.h/, 'the CPU kernel takes no batch-first layout'],
  [
    /ShapeInferenceError|TypeInferenceError|type error|Type Error|bound to different types/,
    'shapes or types that contradict each other',
  ],
]);

/** @param {string} text */
export function reasonOf(text) {
  for (const [pattern, reason] of reasons) if (pattern.test(text)) return reason;
  return generalized(text);
}

/** The message without what is particular to one model. */
function generalized(/** @type {string} */ text) {
  return text
    .replace(/^.*?\.onnx: /, '')
    .replace(/operator (\S+) of node .*? cannot be carried/, 'operator $1 cannot be carried')
    .replace(/\/tmp\/\S+/g, 'FILE')
    .replace(/\/onnxruntime_src\/\S+ /g, '')
    .slice(0, 160);
}
