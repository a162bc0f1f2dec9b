import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTextFormat, type ParsedValue } from '../../../src/serve/triton/parse-text-format.js';
import { enumName, quoted, writeTextFormat } from '../../../src/serve/triton/text-format.js';

describe('text format', () => {
  it('writes scalars, lists, messages and maps as a person would', () => {
    const text = writeTextFormat({
      name: 'a "b"',
      absent: undefined,
      dims: [3, -1],
      none: [],
      on: true,
      kind: enumName('KIND_CPU'),
      empty: {},
      parameters: [{ key: 'k', value: { string_value: '1' } }, { key: 'l' }],
    });
    expect(text).toBe(
      [
        'name: "a \\"b\\""',
        'dims: [ 3, -1 ]',
        'none: [ ]',
        'on: true',
        'kind: KIND_CPU',
        'empty {',
        '}',
        'parameters [',
        '  {',
        '    key: "k"',
        '    value {',
        '      string_value: "1"',
        '    }',
        '  },',
        '  {',
        '    key: "l"',
        '  }',
        ']',
        '',
      ].join('\n'),
    );
  });

  it('escapes a control character so that a digit behind it stays a digit', () => {
    expect(quoted('\u00011')).toBe('"\\0011"');
    expect(quoted('back\\slash\n')).toBe('"back\\\\slash\\n"');
  });

  it('gives every string back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(parseTextFormat(writeTextFormat({ text })).get('text')).toEqual([text]);
      }),
    );
  });

  it('reads what others write', () => {
    const config = parseTextFormat(
      "# made by hand\nname: 'm' 'ore'; max_batch_size: 8,\ninput { dims: 3 dims: [4,\n5] } input < data_type: TYPE_FP32 >\nrate: 1.5f oct: '\\101\\x42'",
    );
    expect(config.get('name')).toEqual(['more']);
    expect(config.get('max_batch_size')).toEqual([8]);
    const [first, second] = config.get('input') as Map<string, ParsedValue[]>[];
    expect(first!.get('dims')).toEqual([3, 4, 5]);
    expect(second!.get('data_type')).toEqual([{ enum: 'TYPE_FP32' }]);
    expect(config.get('rate')).toEqual([1.5]);
    expect(config.get('oct')).toEqual(['AB']);
  });

  it.each([
    ['name: "open', 'line 1'],
    ['a: 1\nb {', 'line 2'],
    ['a 1', '":" or "{" was expected'],
    ['1: 2', 'a field name was expected'],
    ['a: 1x', 'is no number'],
  ])('refuses %j and says where', (text, message) => {
    expect(() => parseTextFormat(text)).toThrow(message);
  });
});
