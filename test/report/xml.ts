/** An element of an XML document: enough of a reader to check what we write, without a package. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  if (/[<>]|&(?!#?\w+;)/.test(text)) throw new Error(`not well-formed: ${text}`);
  return text.replace(/&(#?)(\w+);/g, (whole, number: string, name: string) => {
    if (number !== '') return String.fromCodePoint(Number(name));
    const known = entities[name];
    if (known === undefined) throw new Error(`unknown entity ${whole}`);
    return known;
  });
}

/** Reads a document; throws where it is not well-formed. */
export function parseXml(source: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const token = /<\?xml [^?]*\?>|<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    const [, closing, name, attributes = '', empty, text] = match;
    const open = stack.at(-1)!;
    if (text !== undefined) open.text += decoded(text);
    else if (name === undefined) continue;
    else if (closing === '/') {
      if (stack.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    } else {
      const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key!,
        decoded(value!),
      ]);
      const element = {
        name,
        attributes: Object.fromEntries(pairs) as Record<string, string>,
        children: [],
        text: '',
      };
      open.children.push(element);
      if (empty !== '/') stack.push(element);
    }
    if (token.lastIndex === source.length) break;
  }
  if (stack.length !== 1 || token.lastIndex !== source.length) throw new Error('not well-formed');
  return root.children[0]!;
}
