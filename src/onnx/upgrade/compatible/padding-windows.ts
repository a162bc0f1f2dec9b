import type { CompatibleChange } from '../decisions.js';

export const paddingWindows: CompatibleChange = {
  reason:
    'Windows that lie in the padding alone are left out; their content was not defined before (nothing to average or to take the maximum of), and the runtime leaves them out in every version.',
  steps: {
    AveragePool: [22],
    MaxPool: [22],
  },
};
