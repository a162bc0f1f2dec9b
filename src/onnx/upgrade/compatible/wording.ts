import type { CompatibleChange } from '../decisions.js';

export const rewordings: CompatibleChange = {
  reason: 'The formulas in the text were corrected to what every implementation had done before.',
  steps: {
    AveragePool: [11, 19],
    Cast: [24],
    CastLike: [24],
    ConvTranspose: [11],
    MaxPool: [12],
    Mod: [13],
  },
};
