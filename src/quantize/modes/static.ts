import { InferOptError } from '../../errors.js';
import { lstm } from '../dynamic/lstm.js';
import { quantizeDynamic } from '../dynamic/quantize-dynamic.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { prepare } from '../prepare.js';
import { integerInputsToArithmetic } from '../static/integer-inputs-to-arithmetic.js';
import { toQOperator } from '../qoperator/to-qoperator.js';
import { quantizeStatic, type QuantizedStatic } from '../static/quantize-static.js';
import { removeActivationQuantization } from '../static/remove-activation-quantization.js';
import { removeOutputQuantization } from '../static/remove-output-quantization.js';
import { storeWeights } from '../stored/store-weights.js';
import type { LeftFloat } from '../static/plan.js';
import type { Mode, ModeContext } from './mode.js';
import { weightShares } from './weight-shares.js';

/** Scales for every channel need DequantizeLinear of opset 13; 17 is what every runtime in use takes. */
const lowestOpset = 17;

/** Casts know int4 since then. */
const lowestOpsetOfInt4 = 21;

const nothingElse = { changed: 0, left: undefined };

/**
 * What stays float of a model for this kind of runtime: an LSTM has a kernel that rounds while it runs, and weights of
 * everything else are stored as integers.
 */
function finishFloat(
  model: Model,
  { left, lifted, fasterInFloat }: QuantizedStatic,
  { target, exclusions }: ModeContext,
): { changed: number; left: readonly LeftFloat[] | undefined } {
  if (target.placement === 'inputs') return nothingElse;
  const { rewritten, replaced } = quantizeDynamic(model, {
    target,
    isExcluded: exclusions.excludes,
    rewrites: [lstm],
  });
  // What is float for the sake of accuracy, or has few weights anyway, keeps them as they are.
  const isExcluded = (node: Node): boolean =>
    lifted.has(node) || fasterInFloat.has(node) || exclusions.excludes(node);
  const stored = storeWeights(model, { isExcluded });
  return {
    changed: (rewritten.get(lstm.name) ?? 0) + stored.length,
    left: left.filter(({ node }) => !replaced.has(node)),
  };
}

/** Names that no value has which is stored as integers: most likely a slip. */
function unknownRanges({ ranges: given }: ModeContext, { ranges }: QuantizedStatic): string[] {
  const unknown = [...(given?.keys() ?? [])].filter((name) => !ranges.has(name));
  if (unknown.length === 0) return [];
  const which = unknown.length === 1 ? unknown[0]! : `${unknown[0]!} and ${unknown.length - 1} more`;
  return [`the range of ${which} is used for nothing: no value of that name is stored as integers`];
}

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
    const fourBits = context.bits === 4 || context.overrides?.hasFourBits === true;
    const preparation = await prepare(model, {
      opset: context.opset ?? (fourBits ? lowestOpsetOfInt4 : lowestOpset),
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
      weights: {
        bits: context.bits,
        // The largest weights matter less the fewer bits there are.
        scales: context.weightScales ?? (context.bits === 4 ? 'mse' : 'max'),
      },
      isExcluded: context.exclusions.excludes,
    });
    if (context.format === 'qoperator') toQOperator(model);
    const integer = plan.groups.filter(({ rule }) => rule.role === 'compute').length;
    // Without anything to calibrate for, this is another mode's business.
    const rest = integer === 0 ? nothingElse : finishFloat(model, plan, context);
    return {
      changed: integer + rest.changed,
      left: rest.left ?? plan.left,
      warnings: [...preparation.warnings, ...unknownRanges(context, plan)],
      hints: [],
      usedSamples: true,
      mixed: plan.mixed,
      ranges: plan.ranges,
      rangeMethod: plan.method.name,
    };
  },
};
