import { staticDims } from '../../../../ir/types.js';
import { findingAt, type PreflightRule } from '../rule.js';

const name = 'fixed-batch';

/** A model that was exported for one sample stays at one sample: that is where GPUs lose most. */
export const fixedBatch: PreflightRule = {
  name,
  summary: 'a batch that was fixed when the model was exported',
  check({ model, profiles, shapesFrom }) {
    const fixed = model.graph.requiredInputs.filter(({ type }) => {
      const dims = staticDims(type);
      return dims !== undefined && dims.length >= 2 && dims[0] === 1;
    });
    const single = [...(profiles[0]?.keys() ?? [])].filter((input) =>
      profiles.every((profile) => profile.get(input)?.max[0] === 1),
    );
    return [
      ...findingAt(
        fixed.map((value) => value.name),
        {
          rule: name,
          severity: 'warning',
          message:
            'the batch was fixed at 1 when the model was exported: the engine will take one sample at a time',
          hint: 'export it with a free batch where more samples are to be computed together',
        },
      ),
      ...findingAt(shapesFrom === 'dataset' ? single : [], {
        rule: name,
        severity: 'warning',
        message: 'the samples of the dataset come one at a time: the engine is built for a batch of 1',
        hint: 'give --profile with a larger batch where more samples are to be computed together',
      }),
    ];
  },
};
