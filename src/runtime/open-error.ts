import { InferOptError, messageOf } from '../errors.js';
import type { Model } from '../ir/model.js';

/** What the runtime says when it refuses a model, and what we make of it. `where` finds the node. */
interface Refusal {
  readonly pattern: RegExp;
  readonly say: (found: RegExpExecArray, where: (domain: string, opType: string) => string) => string;
  readonly hint?: string;
}

const refusals: readonly Refusal[] = [
  {
    pattern: /Fatal error: (?:(.*?):)?([^:\s]+)\((-?\d+)\) is not a registered function\/op/,
    say: ([, domain = '', opType = ''], where) =>
      `operator ${opType}${domainSuffix(domain)}${where(domain, opType)} is unknown to the runtime`,
    hint: 'an operator of another framework or of a newer opset: export the model with standard operators, or inline its function',
  },
  {
    pattern:
      /Could not find an implementation for (?:(.*?)[.:])?([^.:\s]+)\((\d+)\) node with name '([^']*)'/,
    say: ([, domain = '', opType = '', version, name = '']) =>
      `the runtime has no kernel for operator ${opType} (version ${version})${domainSuffix(domain)} of node ${name || '(unnamed)'} with these types`,
    hint: 'another element type usually has one: float32, or int32 and int64',
  },
  {
    pattern: /Type Error: (.*) in node \(([^)]*)\)(.*)/,
    say: ([, before, name, after]) => `type error at node ${name || '(unnamed)'}: ${before}${after}`,
  },
  {
    pattern: /In Node, \("([^"]*)", ([^,]+), "([^"]*)", -?\d+\).*Error No (?:Op registered for|opset import)/,
    say: ([, name = '', opType = '', domain = '']) =>
      `operator ${opType}${domainSuffix(domain)}${name === '' ? '' : ` (node ${name})`} is unknown to the runtime in the opset that the model imports`,
    hint: 'check the opset of the model, and that its domains are imported',
  },
  {
    pattern: /Failed to find kernel for ([^(]+)\((\d+)\) \(node:'([^']*)'/,
    say: ([, opType = '', version, name = '']) =>
      `the runtime has no kernel for operator ${opType} (version ${version}) of node ${name || '(unnamed)'} with these types`,
  },
  {
    pattern: /Opset (\d+) is under development.*domain (\S+) is till opset (\d+)/,
    say: ([, found, domain = '', newest]) =>
      `the model has opset ${found}${domainSuffix(domain)}, and the runtime knows up to ${newest}`,
    hint: 'export it with an older opset',
  },
  {
    pattern: /In Node, \("([^"]*)", ([^,]+), .*?, Error (.*)/,
    say: ([, name = '', opType = '', why = '']) => `node ${name || '(unnamed)'} (${opType}): ${why}`,
  },
  {
    pattern: /Node \(([^)]*)\) Op \(([^)]*)\) \[\w+\] (.*)/,
    say: ([, name = '', opType = '', why = '']) => `node ${name || '(unnamed)'} (${opType}): ${why}`,
  },
  {
    pattern: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    say: ([, found, newest]) => `the model has IR version ${found}, and the runtime reads up to ${newest}`,
    hint: 'write it with an older IR version',
  },
  {
    pattern: /Unsupported data type: (\d+)/,
    say: () =>
      'an input or output of the graph has an element type that onnxruntime-node cannot pass (bfloat16, float8 or complex)',
    hint: 'let the graph take and give float32, with a Cast inside',
  },
  { pattern: /protobuf parsing failed/i, say: () => 'this is no ONNX model (the runtime cannot parse it)' },
  { pattern: /File doesn't exist/, say: () => 'there is no such file' },
];

/** The runtime's complaint about a model as one line that names the operator, domain and node where it can. */
export function openError(thrown: unknown, name: string | undefined, model?: Model): InferOptError {
  const message = withoutSourceLocations(messageOf(thrown));
  const prefix = name === undefined ? '' : `${name}: `;
  for (const { pattern, say, hint } of refusals) {
    const found = pattern.exec(message);
    if (found === null) continue;
    const text = say(found, (domain, opType) => firstNode(model, domain, opType));
    return new InferOptError('model', prefix + text, {
      ...(hint === undefined ? {} : { hint }),
      cause: thrown,
    });
  }
  const rest = message
    .replace(/^Load model from .*? failed: ?/, '')
    .replace(/^This is an invalid model\. ?/, '');
  return new InferOptError('model', `${prefix}the runtime refuses the model: ${rest}`, { cause: thrown });
}

/** Drops the runtime's own file names and function signatures, which say nothing about the model. */
export function withoutSourceLocations(message: string): string {
  return message.replace(/\/\S+\.(?:cc|h):\d+ .*?\)(?:::<lambda\(\)>| const)? (?=[A-Z])/g, '').trim();
}

function domainSuffix(domain: string): string {
  return domain === '' || domain === 'ai.onnx' ? '' : ` of domain ${domain}`;
}

function firstNode(model: Model | undefined, domain: string, opType: string): string {
  if (model === undefined) return '';
  const wanted = domain === 'ai.onnx' ? '' : domain;
  for (const graph of model.graphs()) {
    for (const node of graph.nodes()) {
      if (node.opType === opType && node.domain === wanted) return ` (node ${node.label})`;
    }
  }
  return '';
}
