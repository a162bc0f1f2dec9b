import { expect, it } from 'vitest';
import { shortNames } from '../../src/report/names.js';

it('leaves out the folders that all paths share', () => {
  expect(shortNames(['a/b/c.onnx', 'a/b/d.onnx'])).toEqual(['c.onnx', 'd.onnx']);
  expect(shortNames(['a/x/m.onnx', 'a/y/m.onnx'])).toEqual(['x/m.onnx', 'y/m.onnx']);
  expect(shortNames(['a/b.onnx'])).toEqual(['b.onnx']);
  expect(shortNames(['m.onnx', 'out/m.onnx', 'm.onnx'])).toEqual(['m.onnx', 'out/m.onnx', 'm.onnx']);
  expect(shortNames(['C:\\a\\b.onnx', 'C:\\a\\c.onnx'])).toEqual(['b.onnx', 'c.onnx']);
});
