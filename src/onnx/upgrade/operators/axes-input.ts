import type { Conversion } from '../conversion.js';
import type { Site } from '../site.js';

/** The attribute `axes` becomes the second input; without it both forms mean the same. */
function moveAxes(site: Site): void {
  const axes = site.takeInts('axes');
  if (axes === undefined) {
    if (site.node.opType === 'Unsqueeze') site.refuse('it lacks its attribute axes');
    return;
  }
  // An empty list meant all axes, and so does an absent input.
  if (axes.length > 0 || !site.node.opType.startsWith('Reduce')) {
    site.node.setInput(1, site.integers('axes', axes));
  }
}

export const axesInput: Conversion = {
  operators: ['ReduceSum', 'Squeeze', 'Unsqueeze'],
  to: 13,
  change: 'the attribute axes became an input',
  convert: moveAxes,
};

export const reduceAxesInput: Conversion = {
  operators: [
    'ReduceL1',
    'ReduceL2',
    'ReduceLogSum',
    'ReduceLogSumExp',
    'ReduceMax',
    'ReduceMean',
    'ReduceMin',
    'ReduceProd',
    'ReduceSumSquare',
  ],
  to: 18,
  change: 'the attribute axes became an input',
  convert: moveAxes,
};
