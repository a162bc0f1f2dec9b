import { InferOptError } from '../errors.js';

/** What a budget of the scheme `channel` counts, in the order of the help. */
export const budgetKinds = ['macs', 'parameters', 'latency'] as const;
export type BudgetKind = (typeof budgetKinds)[number];

/** How much of something is to be left, as a share of what the original has. */
export interface Budget {
  readonly of: BudgetKind;
  /** Above 0 and at most 1. */
  readonly share: number;
}

/** How a budget is called in a sentence. */
export const budgetNames: Readonly<Record<BudgetKind, string>> = {
  macs: 'multiply-accumulates',
  parameters: 'parameters',
  latency: 'the latency',
};

/** The one budget that was asked for. Throws `usage` for none, for several, and for a share that is none. */
export function chosenBudget(
  wishes: Partial<Record<BudgetKind, number | undefined>>,
  ratio: number | undefined,
): Budget | undefined {
  const asked = budgetKinds.flatMap((of) => {
    const share = wishes[of];
    return share === undefined ? [] : [{ of, share }];
  });
  if (asked.length + (ratio === undefined ? 0 : 1) > 1) {
    throw new InferOptError('usage', 'a ratio and a budget, or two budgets, cannot both be met', {
      hint: 'give one of --ratio, --macs, --parameters and --latency',
    });
  }
  const [budget] = asked;
  if (budget !== undefined && !(budget.share > 0 && budget.share <= 1)) {
    throw new InferOptError('usage', `a budget of ${budget.share}x is not above 0 and at most 1x`);
  }
  return budget;
}
