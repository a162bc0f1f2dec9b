import type { CandidateFamily } from './candidate.js';

/** What quantized artifacts carry their operator set to, too: fusions need it. */
const opset = 17;

export const floatFamily: CandidateFamily = {
  name: 'float',
  summary: 'float32, cleaned and fused: what has to be beaten',
  propose: ({ model }) => [
    {
      name: 'float',
      family: 'float',
      steps: [
        {
          transform: 'fuse',
          settings: { level: 'basic', ...(model.opset < opset ? { opset } : {}) },
        },
      ],
    },
    { name: 'float-full', family: 'float', steps: [{ transform: 'fuse', settings: { level: 'full' } }] },
  ],
};
