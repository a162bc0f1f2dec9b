import { createHash } from 'node:crypto';
import type { Attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Tells tensors of one type and shape apart by content: equal hashes mean equal elements, bit by bit. */
export function contentHash(tensor: Tensor): string {
  const hash = createHash('sha256');
  if (tensor.dtype === 'string') {
    for (const text of tensor.strings) hash.update(`${text.byteLength}:`).update(text);
  } else {
    hash.update(tensor.bytes());
  }
  return hash.digest('base64');
}

export function shapeKey(tensor: Tensor): string {
  return `${tensor.dtype}[${tensor.dims.join(',')}]`;
}

/** A node's attributes as text that is equal for equal settings, or undefined when they hold what cannot be compared. */
export function attributesKey(node: Node): string | undefined {
  const parts: string[] = [];
  for (const [name, found] of node.attributes) {
    const text = attributeKey(found);
    if (text === undefined) return undefined;
    parts.push(`${name}=${found.kind}:${text}`);
  }
  return parts.sort().join(';');
}

function attributeKey(found: Attribute): string | undefined {
  switch (found.kind) {
    case 'float':
      return Object.is(found.value, -0) ? '-0' : String(found.value);
    case 'floats':
      return found.value.map((value) => (Object.is(value, -0) ? '-0' : String(value))).join();
    case 'int':
      return String(found.value);
    case 'ints':
      return found.value.join();
    case 'string':
      return JSON.stringify(found.value);
    case 'strings':
      return JSON.stringify(found.value);
    case 'tensor':
      return `${shapeKey(found.value)}${contentHash(found.value)}`;
    default:
      return undefined;
  }
}
