import { attribute } from '../../ir/attribute.js';
import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { dtypeCode } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';

const code = dtypeCode('bfloat16');

/**
 * Turns a converted bfloat16 model into a float32 one that computes the same numbers, in place: every value
 * is rounded by a Cast to bfloat16 and back. onnxruntime's CPU provider has no bfloat16 kernels, so this is
 * how such a model is checked here. (A kernel on a device may sum in another order and precision inside.)
 */
export function emulateBfloat16(model: Model): void {
  for (const graph of [...model.graphs()]) {
    for (const value of graph.constants()) {
      if (value.constant.dtype !== 'bfloat16') continue;
      value.constant = Tensor.float32(value.constant.dims, value.constant.toFloat32());
      value.type = tensorType('float32', value.constant.dims);
    }
    // The Casts that rounding adds are none of the model's own.
    const nodes = [...graph.nodes()];
    for (const value of graph.inputs) if (isBfloat16(value)) round(value, graph);
    for (const node of nodes) emulateNode(node, graph);
  }
}

function emulateNode(node: Node, graph: Graph): void {
  for (const name of ['to', 'dtype']) {
    const found = node.attributes.get(name);
    if (found?.kind === 'int' && found.value === BigInt(code))
      node.attributes.set(name, attribute.int(dtypeCode('float32')));
  }
  const fill = node.is('ConstantOfShape', 'Constant') ? node.tensor('value') : undefined;
  if (fill?.dtype === 'bfloat16')
    node.attributes.set('value', attribute.tensor(Tensor.float32(fill.dims, fill.toFloat32())));
  for (const value of node.outputs) if (value !== undefined && isBfloat16(value)) round(value, graph);
}

/** Lets every reader of a value see it rounded. */
function round(value: Value, graph: Graph): void {
  const dims = value.type?.kind === 'tensor' ? value.type.dims : undefined;
  value.type = tensorType('float32', dims);
  const readers = value.uses;
  const before = value.producer === undefined ? graph.firstNode : value.producer.next;
  const down = graph.addNode('Cast', [value], { attributes: [['to', attribute.int(code)]], before });
  const up = graph.addNode('Cast', down.outputs, {
    attributes: [['to', attribute.int(dtypeCode('float32'))]],
    before,
  });
  const rounded = up.outputs[0]!;
  rounded.type = value.type;
  for (const use of readers) use.node.setInput(use.index, rounded);
  // An input that is given out at once has one name for both, and comes out as it went in.
  if (value.isGraphInput) return;
  graph.outputs.forEach((output, index) => {
    if (output !== value) return;
    graph.setOutput(index, rounded);
    graph.swapNames(value, rounded);
  });
}

function isBfloat16(value: Value): boolean {
  return value.type?.kind === 'tensor' && value.type.dtype === 'bfloat16';
}
