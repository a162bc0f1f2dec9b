import { expect, it } from 'vitest';
import { attribute } from '../../src/ir/attribute.js';
import { printModel } from '../../src/ir/print.js';
import { buildModel, f32, i64, randomTensor } from '../support/build.js';

it('prints one constant or node a line, with bodies indented', () => {
  const model = buildModel(17, (g) => {
    const x = g.input('x', 'float32[1,batch,?]');
    const condition = g.input('condition', 'bool[]');
    const w = g.constant('w', f32([2], [1, 0.1]));
    g.constant('shape', i64(1, -1));
    g.constant('big', randomTensor([3, 3]));
    const y = g.node(
      'Gemm',
      [x, w, undefined],
      { transB: 1, alpha: attribute.float(0.1) },
      { name: 'first', type: 'float32[1,8]' },
    );
    const then_branch = g.body('then', (inner) =>
      inner.output(inner.node('Neg', [y], {}, { name: 'n' }), 'a'),
    );
    const else_branch = g.body('else', (inner) =>
      inner.output(inner.node('Gelu', [y], {}, { name: 'm', domain: 'com.microsoft' }), 'b'),
    );
    g.output(g.node('If', [condition], { then_branch, else_branch }, { name: 'choose' }), 'out');
  });
  expect(printModel(model)).toBe(`model ir 8, opset 17
graph "graph" (%x: float32[1,batch,?], %condition: bool[]) -> (%out) {
  %w: float32[2] = constant float32[2] {1, 0.1}
  %shape: int64[2] = constant int64[2] {1, -1}
  %big: float32[3,3] = constant float32[3,3]
  %first_out: float32[1,8] = Gemm(%x, %w, _) {alpha=0.1, transB=1} "first"
  %out = If(%condition) {else_branch=graph, then_branch=graph} "choose"
    then_branch: graph "then" () -> (%a) {
      %a = Neg(%first_out) "n"
    }
    else_branch: graph "else" () -> (%b) {
      %b = com.microsoft.Gelu(%first_out) "m"
    }
}
`);
});
