import { attribute, type Attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import { fusion } from '../fusion.js';
import { dtypeOf, soleProducer } from '../match.js';
import { clampOf } from './clamp.js';
import { needsRuntimeDomain, runtimeDomain } from './runtime-domain.js';

/**
 * The runtime makes the same of a Conv and its activation when it opens a model at its default optimization;
 * written down, it is there at every level of it.
 */
export const fusedConv = needsRuntimeDomain(
  fusion({
    name: 'fused-conv',
    summary: "Makes onnxruntime's FusedConv out of Conv and its Relu, Clip, Sigmoid, Tanh or LeakyRelu",
    effect: 'reorders-floats',
    root: ['Relu', 'Clip', 'Sigmoid', 'Tanh', 'LeakyRelu'],
    match(node) {
      const conv = soleProducer(node.inputs[0], 'Conv');
      const activation = conv === undefined ? undefined : activationOf(node);
      const output = node.outputs[0]!;
      if (conv === undefined || activation === undefined) return undefined;
      const dtype = dtypeOf(conv.inputs[1]);
      return dtype === 'float32' ? { conv, activation, output } : undefined;
    },
    rewrite({ conv, activation, output }, edit) {
      const replacement = edit.node('FusedConv', conv.inputs, {
        domain: runtimeDomain,
        name: conv.name,
        attributes: [...conv.attributes, ...activation],
      }).outputs[0]!;
      replacement.type = output.type;
      edit.replace(output, replacement);
    },
  }),
);

function activationOf(node: Node): (readonly [string, Attribute])[] | undefined {
  const named = ['activation', attribute.string(node.opType)] as const;
  if (node.is('Relu', 'Sigmoid', 'Tanh')) return [named];
  if (node.is('LeakyRelu'))
    return [named, ['activation_params', attribute.floats([node.float('alpha', 0.01)])]];
  const clamp = clampOf(node);
  if (clamp === undefined || !Number.isFinite(clamp.low) || !Number.isFinite(clamp.high)) return undefined;
  return [named, ['activation_params', attribute.floats([clamp.low, clamp.high])]];
}
