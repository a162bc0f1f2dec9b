import { agreement } from './agreement.js';
import { calibrationError } from './calibration-error.js';
import { cosine } from './cosine.js';
import { meanAveragePrecision } from './detection.js';
import { f1 } from './f1.js';
import { divergence } from './kl.js';
import { maxAbs } from './max-abs.js';
import type { LabelMetric, OutputMetric } from './metric.js';
import { determination, meanAbsoluteError } from './regression.js';
import { retrievalAt1, retrievalAt5 } from './retrieval.js';
import { meanIou } from './segmentation.js';
import { sqnr } from './sqnr.js';
import { perplexity, tokenAccuracy } from './text.js';
import { top1 } from './top1.js';
import { top5 } from './top5.js';

/** By task, in the order of the report: the strictest question first. */
export const labelMetrics: readonly LabelMetric[] = [
  top1,
  top5,
  f1,
  calibrationError,
  meanAbsoluteError,
  determination,
  retrievalAt1,
  retrievalAt5,
  meanIou,
  meanAveragePrecision,
  tokenAccuracy,
  perplexity,
] as readonly LabelMetric[];

/** In the order of the report: decisions first, then how far the numbers are off, the single worst last. */
export const outputMetrics: readonly OutputMetric[] = [agreement, cosine, sqnr, divergence, maxAbs];
