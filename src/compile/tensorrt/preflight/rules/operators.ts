import type { Node } from '../../../../ir/node.js';
import { findingAt, nodesOf, type PreflightRule } from '../rule.js';

const name = 'operators';

/**
 * Operators of the standard that the parser has no importer for (docs/operators.md of onnx/onnx-tensorrt). The list is of
 * what is refused, so that an operator that is newer than it is left to the parser to judge.
 */
const refused = new Set([
  'Bernoulli',
  'BitShift',
  'CenterCropPad',
  'Col2Im',
  'Compress',
  'ConcatFromSequence',
  'DFT',
  'Det',
  'ImageDecoder',
  'MaxRoiPool',
  'MaxUnpool',
  'MelWeightMatrix',
  'Multinomial',
  'NegativeLogLikelihoodLoss',
  'Optional',
  'OptionalGetElement',
  'OptionalHasElement',
  'RegexFullMatch',
  'SequenceAt',
  'SequenceConstruct',
  'SequenceEmpty',
  'SequenceErase',
  'SequenceInsert',
  'SequenceLength',
  'SequenceMap',
  'SoftmaxCrossEntropyLoss',
  'SplitToSequence',
  'StringConcat',
  'StringNormalizer',
  'StringSplit',
  'TfIdfVectorizer',
  'Unique',
]);

/** Integer operators of the CPU runtime: TensorRT takes QuantizeLinear and DequantizeLinear instead. */
const integer = /^(QLinear\w+|ConvInteger|MatMulInteger|DynamicQuantizeLinear)$/;

/** Operators that TensorRT cannot parse. */
export const operators: PreflightRule = {
  name,
  summary: 'operators that the ONNX parser of TensorRT does not know',
  check({ model, extra }) {
    const nodes = nodesOf(model);
    const local = new Set(model.functions.map((body) => `${body.domain}.${body.name}`));
    const integers = nodes.filter((node) => node.domain === '' && integer.test(node.opType));
    const unknown = groupByType(nodes.filter((node) => node.domain === '' && refused.has(node.opType)));
    const foreign = nodes.filter(({ domain, opType }) => domain !== '' && !local.has(`${domain}.${opType}`));
    const hasPlugins = extra.some((word) => /^--(plugins|staticPlugins|dynamicPlugins)=/.test(word));
    return [
      ...findingAt(integers, {
        rule: name,
        message:
          'operators that compute with integers in the way of other runtimes, which TensorRT does not parse',
        hint: 'start from the float model: infer-opt quantize MODEL -o OUT --target tensorrt --mode static',
      }),
      ...unknown.flatMap(([type, places]) =>
        findingAt(places, {
          rule: name,
          message: `${type} is an operator that TensorRT does not parse`,
          hint: 'export the model without it, or let onnxruntime run that part of the model',
        }),
      ),
      ...groupByType(foreign).flatMap(([type, places]) =>
        findingAt(places, {
          rule: name,
          severity: hasPlugins ? 'warning' : 'error',
          message: `${type} is no operator of the standard; TensorRT needs a plugin for it`,
          hint: hasPlugins
            ? 'make sure that one of the given plugins is for it'
            : 'name the plugin library behind "--": -- --dynamicPlugins=LIBRARY; or export with standard operators',
        }),
      ),
    ];
  },
};

function groupByType(nodes: readonly Node[]): [type: string, nodes: Node[]][] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const group = groups.get(node.qualifiedType);
    if (group === undefined) groups.set(node.qualifiedType, [node]);
    else group.push(node);
  }
  return [...groups];
}
