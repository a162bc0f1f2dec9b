import type { Node } from '../../../../ir/node.js';
import { formatVersion } from '../../version.js';
import { findingAt, nodesOf, type PreflightRule } from '../rule.js';
import { isNeverParsed, neededVersion } from './parser-operators.js';

const name = 'operators';

/** Integer operators of the CPU runtime: TensorRT takes QuantizeLinear and DequantizeLinear instead. */
const integer = /^(QLinear\w+|ConvInteger|MatMulInteger|DynamicQuantizeLinear)$/;

/** Operators that TensorRT cannot parse. */
export const operators: PreflightRule = {
  name,
  summary: 'operators that the ONNX parser of TensorRT does not know',
  check({ model, extra, trtexec: { version } }) {
    const nodes = nodesOf(model);
    const local = new Set(model.functions.map((body) => `${body.domain}.${body.name}`));
    const integers = nodes.filter((node) => node.domain === '' && integer.test(node.opType));
    const unknown = groupByType(nodes.filter((node) => node.domain === '' && isNeverParsed(node.opType)));
    const young = groupByType(
      nodes.filter((node) => node.domain === '' && neededVersion(node.opType, version) !== undefined),
    );
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
      ...young.flatMap(([type, places]) =>
        findingAt(places, {
          rule: name,
          message: `${type} is an operator that TensorRT parses since ${neededVersion(type, version)!}, and this is ${formatVersion(version)}`,
          hint: 'use a newer TensorRT, or export the model at an older opset, where it is made of simpler operators',
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
