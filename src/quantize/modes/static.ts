import { InferOptError } from '../../errors.js';
import { prepare } from '../prepare.js';
import { integerInputsToArithmetic } from '../static/integer-inputs-to-arithmetic.js';
import { toQOperator } from '../qoperator/to-qoperator.js';
import { quantizeStatic } from '../static/quantize-static.js';
import { removeActivationQuantization } from '../static/remove-activation-quantization.js';
import { removeOutputQuantization } from '../static/remove-output-quantization.js';
import type { Mode } from './mode.js';
import { weightShares } from './weight-shares.js';

/** Scales for every channel need DequantizeLinear of opset 13; 17 is what every runtime in use takes. */
const lowestOpset = 17;

export const staticMode: Mode = {
  name: 'static',
  summary: 'INT8 weights and activations, ranges from samples: for convolutional and dense models',
  suggests(model) {
    const shares = weightShares(model);
    return shares.conv >= 0.2 || (shares.dense > 0 && !shares.attention);
  },
  async apply(model, context) {
    if (context.format === 'qoperator' && context.target.placement === 'inputs') {
      throw new InferOptError('usage', `target ${context.target.name} takes no --format qoperator`, {
        hint: 'leave --format out: it reads QuantizeLinear and DequantizeLinear',
      });
    }
    const preparation = await prepare(model, {
      opset: context.opset ?? lowestOpset,
      strict: context.opset !== undefined,
      extraPasses: [
        removeActivationQuantization,
        ...(context.target.placement === 'inputs'
          ? [integerInputsToArithmetic, removeOutputQuantization]
          : []),
      ],
    });
    const plan = await quantizeStatic(model, {
      ...context,
      isExcluded: context.exclusions.excludes,
    });
    if (context.format === 'qoperator') toQOperator(model);
    return {
      changed: plan.groups.filter(({ rule }) => rule.role === 'compute').length,
      left: plan.left,
      warnings: preparation.warnings,
      hints: [],
      usedSamples: true,
    };
  },
};
