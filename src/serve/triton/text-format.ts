/**
 * Protocol buffers in text format, as far as configurations need it
 * (https://protobuf.dev/reference/protobuf/textformat-spec).
 */

/** A name of an enumeration, which stands without quotes. */
export interface EnumName {
  readonly enum: string;
}

export type Scalar = string | number | boolean | EnumName;

export type FieldValue = Scalar | Message | readonly (Scalar | Message)[];

/** Fields in the order that they are written in; an undefined one is left out. A map is a list of {key, value}. */
export interface Message {
  readonly [field: string]: FieldValue | undefined;
}

export function enumName(name: string): EnumName {
  return { enum: name };
}

export function isEnumName(value: FieldValue): value is EnumName {
  return typeof value === 'object' && 'enum' in value && typeof value.enum === 'string';
}

/** A message as a text file: one field a line, nested ones indented. */
export function writeTextFormat(message: Message): string {
  return fieldLines(message)
    .map((line) => `${line}\n`)
    .join('');
}

function fieldLines(message: Message): string[] {
  return Object.entries(message).flatMap(([name, value]) =>
    value === undefined ? [] : linesOf(name, value),
  );
}

function linesOf(name: string, value: FieldValue): string[] {
  if (isScalar(value)) return [`${name}: ${scalarText(value)}`];
  if (!isList(value)) return block(`${name} {`, fieldLines(value), '}');
  const messages = value.filter((item): item is Message => !isScalar(item));
  if (messages.length === 0) {
    const items = value.filter(isScalar).map(scalarText);
    return [`${name}: ${items.length === 0 ? '[ ]' : `[ ${items.join(', ')} ]`}`];
  }
  const items = messages.flatMap((item, index) =>
    block('{', fieldLines(item), index < messages.length - 1 ? '},' : '}'),
  );
  return block(`${name} [`, items, ']');
}

function block(head: string, lines: readonly string[], end: string): string[] {
  return [head, ...lines.map((line) => `  ${line}`), end];
}

function isList(value: FieldValue): value is readonly (Scalar | Message)[] {
  return Array.isArray(value);
}

function isScalar(value: FieldValue): value is Scalar {
  return typeof value !== 'object' || (!isList(value) && isEnumName(value));
}

function scalarText(value: Scalar): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' ? value.enum : String(value);
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A string literal: quotes, backslashes and control characters escaped, everything else as it is (UTF-8). */
export function quoted(text: string): string {
  const inner = text.replace(/["\\\u0000-\u001f\u007f]/g, (character) => {
    // Three octal digits: a shorter escape would swallow a digit that follows.
    return escapes[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return `"${inner}"`;
}
