import type { Tensor } from '../tensor/tensor.js';
import type { Attribute } from './attribute.js';
import type { Graph } from './graph.js';
import type { Model } from './model.js';
import type { Node } from './node.js';
import { formatType } from './types.js';
import type { Value } from './value.js';

/** Constants with at most this many elements show them. */
const shownElements = 8;

/**
 * A model as text for tests, diffs and people: deterministic, one constant or node a line, bodies of
 * If, Loop and Scan indented below their node. It is not meant to be read back.
 */
export function printModel(model: Model): string {
  const opsets = [...model.opsets].map(
    ([domain, version]) => `${domain === '' ? 'opset' : domain} ${version}`,
  );
  const lines = [`model ir ${model.irVersion}, ${opsets.join(', ')}`, ...graphLines(model.graph)];
  for (const { name, domain, graph } of model.functions) {
    lines.push(`function ${domain === '' ? name : `${domain}.${name}`}`, ...graphLines(graph));
  }
  return `${lines.join('\n')}\n`;
}

/** One graph in the same form. */
export function printGraph(graph: Graph): string {
  return graphLines(graph).join('\n');
}

function graphLines(graph: Graph): string[] {
  const list = (values: readonly Value[]): string => values.map(typed).join(', ');
  const lines = [`graph "${graph.name}" (${list(graph.inputs)}) -> (${list(graph.outputs)}) {`];
  for (const value of graph.constants()) lines.push(`  ${typed(value)} = ${printTensor(value.constant)}`);
  for (const node of graph.nodes()) lines.push(...nodeLines(node).map((line) => `  ${line}`));
  return [...lines, '}'];
}

/** One node on one line, without the lines of its bodies: `%y: float32[1,8] = Gemm(%x, %w) {transB=1} "name"`. */
export function printNode(node: Node): string {
  const outputs = node.outputs.map((value) => (value === undefined ? '_' : typed(value))).join(', ');
  const inputs = node.inputs.map((value) => (value === undefined ? '_' : `%${value.name}`)).join(', ');
  const settings = [...node.attributes]
    .map(([name, found]) => `${name}=${printAttribute(found)}`)
    .sort()
    .join(', ');
  const called = node.overload === '' ? node.qualifiedType : `${node.qualifiedType}:${node.overload}`;
  return [
    `${outputs} = ${called}(${inputs})`,
    ...(settings === '' ? [] : [`{${settings}}`]),
    ...(node.name === '' ? [] : [JSON.stringify(node.name)]),
  ].join(' ');
}

function nodeLines(node: Node): string[] {
  const lines = [printNode(node)];
  for (const [name, found] of node.attributes) {
    const bodies = found.kind === 'graph' ? [found.value] : found.kind === 'graphs' ? found.value : [];
    for (const body of bodies) {
      const [head, ...rest] = graphLines(body);
      lines.push(`  ${name}: ${head!}`, ...rest.map((line) => `  ${line}`));
    }
  }
  return lines;
}

function typed(value: Value): string {
  return value.type === undefined ? `%${value.name}` : `%${value.name}: ${formatType(value.type)}`;
}

function printAttribute(found: Attribute): string {
  switch (found.kind) {
    case 'float':
      return printFloat(found.value);
    case 'int':
      return String(found.value);
    case 'string':
      return JSON.stringify(found.value);
    case 'tensor':
      return printTensor(found.value);
    case 'floats':
      return `[${found.value.map(printFloat).join(', ')}]`;
    case 'ints':
      return `[${found.value.join(', ')}]`;
    case 'strings':
      return `[${found.value.map((text) => JSON.stringify(text)).join(', ')}]`;
    case 'tensors':
      return `[${found.value.map(printTensor).join(', ')}]`;
    case 'graph':
      return 'graph';
    case 'graphs':
      return `${found.value.length} graphs`;
    default:
      return '?';
  }
}

function printTensor(tensor: Tensor): string {
  const type = `${tensor.dtype}[${tensor.dims.join(',')}]`;
  return tensor.size > shownElements
    ? `constant ${type}`
    : `constant ${type} {${printElements(tensor).join(', ')}}`;
}

function printElements(tensor: Tensor): string[] {
  if (tensor.dtype === 'string') {
    return tensor.strings.map((bytes) => JSON.stringify(new TextDecoder().decode(bytes)));
  }
  if (tensor.dtype === 'int64' || tensor.dtype === 'uint64') return tensor.toBigInts().map(String);
  if (tensor.dtype === 'complex64' || tensor.dtype === 'complex128') return ['...'];
  return Array.from(tensor.toNumbers(), tensor.dtype === 'float64' ? String : printFloat);
}

/** Seven digits tell any two neighbouring values of everyday size apart and hide the noise of float32. */
function printFloat(value: number): string {
  return String(Number(value.toPrecision(7)));
}
