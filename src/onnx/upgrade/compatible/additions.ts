import type { CompatibleChange } from '../decisions.js';

export const additions: CompatibleChange = {
  reason:
    'An attribute, input or output came in (or became optional) whose absence means what was meant before.',
  steps: {
    ArgMax: [12],
    ArgMin: [12],
    Attention: [24, 25],
    AveragePool: [7, 10],
    Cast: [19],
    CastLike: [19],
    Constant: [11, 12],
    DepthToSpace: [11],
    DequantizeLinear: [13, 21, 23],
    GRU: [14],
    GatherND: [12],
    Gemm: [11],
    LSTM: [14],
    LpPool: [18],
    MaxPool: [8, 10],
    Pad: [18],
    QuantizeLinear: [13, 19, 21, 23],
    RNN: [14],
    Range: [27],
    Reshape: [14],
    Resize: [18],
    ScatterElements: [16],
    ScatterND: [16],
    Shape: [15],
    SpaceToDepth: [28],
    TopK: [11],
  },
};
