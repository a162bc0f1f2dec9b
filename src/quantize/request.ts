import type { DatasetOptions } from '../data/dataset.js';
import type { Progress } from '../progress.js';
import type { WeightScales } from './weight-scales.js';
import type { MixedGoal } from './mixed/goal.js';
import type { Override } from './overrides/override.js';

/** What `quantizeModel` is asked for. */
export interface QuantizeRequest {
  readonly model: string;
  readonly output: string;
  /** `auto`, or the name of one of `modes`. */
  readonly mode?: string | undefined;
  /** Dataset file or source; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  readonly target?: string | undefined;
  readonly calibration?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Nothing but these, where there are any. */
  readonly include?: readonly string[] | undefined;
  /** Static mode: what holds for single nodes and values instead. */
  readonly overrides?: readonly Override[] | undefined;
  readonly opset?: number | undefined;
  readonly keepIo?: boolean | undefined;
  /** Static mode: how weights are rounded; so that outputs change least without. */
  readonly rounding?: 'output' | 'nearest' | undefined;
  /** Static mode: scale channels between Convs so that they use the range of integers alike; on without. */
  readonly equalize?: boolean | undefined;
  /** Static mode: the groups that cost most accuracy stay float until this is met. */
  readonly goal?: MixedGoal | undefined;
  /** Form of quantized operators: the standard's QuantizeLinear and DequantizeLinear, or the runtime's own operators. */
  readonly format?: 'qdq' | 'qoperator' | undefined;
  /** Static mode: scales of weights by the largest one, or by the least squared error; by the bits without. */
  readonly weightScales?: WeightScales | undefined;
  /** Static mode: adds to biases what rounding takes from the means of outputs; on without. */
  readonly correctBias?: boolean | undefined;
  /** Static mode: a file of ranges to use as they are, and one to write them to. */
  readonly ranges?: string | undefined;
  readonly saveRanges?: string | undefined;
  /** Static and weights mode: bits of a weight; 8 without. */
  readonly bits?: 4 | 8 | undefined;
  /** Weights mode: how many weights share a scale, a power of two from 16 to 256; 32 without. */
  readonly block?: number | undefined;
  /** Weights mode: no zero points; on without. */
  readonly symmetric?: boolean | undefined;
  readonly threads?: number | undefined;
  /** Measures speed against the original; on without, where the target is this machine. */
  readonly measure?: boolean | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}
