import type { Rule } from './rule.js';
import { rankOf } from '../axes.js';

/** Operators whose result at a place depends on their inputs at that place alone, after broadcasting. */
export const elementwise: Rule = {
  operators: [
    ...[
      'Abs',
      'Ceil',
      'Floor',
      'Round',
      'Sign',
      'Neg',
      'Reciprocal',
      'Sqrt',
      'Exp',
      'Log',
      'Erf',
      'Sin',
      'Cos',
    ],
    ...[
      'Relu',
      'LeakyRelu',
      'Elu',
      'Selu',
      'Celu',
      'Sigmoid',
      'HardSigmoid',
      'HardSwish',
      'Swish',
      'Mish',
      'Tanh',
    ],
    ...[
      'Softplus',
      'Softsign',
      'ThresholdedRelu',
      'Gelu',
      'Clip',
      'Cast',
      'Identity',
      'Dropout',
      'Not',
      'IsNaN',
    ],
    ...[
      'Add',
      'Sub',
      'Mul',
      'Div',
      'Pow',
      'Mod',
      'PRelu',
      'Min',
      'Max',
      'Sum',
      'Mean',
      'Where',
      'And',
      'Or',
      'Xor',
    ],
    ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
    ...['com.microsoft.Gelu', 'com.microsoft.FastGelu', 'com.microsoft.BiasGelu', 'com.microsoft.QuickGelu'],
  ],
  link(node, axes) {
    const [output] = node.outputs;
    const rank = rankOf(output);
    for (const value of [...node.inputs, ...node.outputs.slice(1)]) {
      const own = rankOf(value);
      for (let axis = 1; axis <= own; axis++) {
        const place = axes.of(value, -axis);
        if (place?.length === 1) continue;
        if (axis > rank) axes.freeze(place, `${node.label} gives a value of unknown shape`);
        else axes.same(place, axes.of(output, -axis), `${node.label} spreads it over another length`);
      }
    }
  },
};
