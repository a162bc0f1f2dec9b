import type { Conversion } from '../conversion.js';

export const consumedInputs: Conversion = {
  operators: [
    'Abs',
    'Add',
    'BatchNormalization',
    'Ceil',
    'Clip',
    'Div',
    'Dropout',
    'Elu',
    'Exp',
    'Floor',
    'HardSigmoid',
    'InstanceNormalization',
    'LeakyRelu',
    'Log',
    'Max',
    'Mean',
    'Min',
    'Mul',
    'Neg',
    'PRelu',
    'Reciprocal',
    'Relu',
    'Sigmoid',
    'Sqrt',
    'Sub',
    'Sum',
    'Tanh',
  ],
  to: 6,
  change: 'the attribute consumed_inputs, a hint for memory, went away',
  convert(site) {
    site.node.attributes.delete('consumed_inputs');
  },
};
