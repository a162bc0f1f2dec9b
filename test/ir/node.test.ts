import { expect, it } from 'vitest';
import { attribute } from '../../src/ir/attribute.js';
import { Graph } from '../../src/ir/graph.js';

it('reads attributes by kind, with defaults, and says which one is wrong', () => {
  const graph = new Graph();
  const node = graph.addNode('Gemm', [graph.declare('x')], {
    name: 'g',
    attributes: [
      ['alpha', attribute.float(0.1)],
      ['transB', attribute.int(1)],
      ['pads', attribute.ints([1, 2])],
      ['mode', attribute.string('edge')],
    ],
  });
  expect(node.float('alpha')).toBe(Math.fround(0.1));
  expect(node.int('transB')).toBe(1);
  expect(node.int('transA', 0)).toBe(0);
  expect(node.ints('pads')).toEqual([1, 2]);
  expect(node.ints('strides')).toBeUndefined();
  expect(node.string('mode', 'constant')).toBe('edge');
  expect(() => node.int('alpha')).toThrow('attribute alpha of node g is float, not int');
  expect(() => node.float('beta')).toThrow('node g (Gemm) lacks its attribute beta');
});

it('is called by its name, else by operator and output', () => {
  const graph = new Graph();
  const unnamed = graph.addNode('Abs', [], { outputName: 'y' });
  expect(unnamed.label).toBe('Abs -> y');
  expect(graph.addNode('Gelu', [], { domain: 'com.microsoft' }).qualifiedType).toBe('com.microsoft.Gelu');
  expect(unnamed.is('Neg', 'Abs')).toBe(true);
  expect(graph.addNode('Abs', [], { domain: 'own' }).is('Abs')).toBe(false);
});
