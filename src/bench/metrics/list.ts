import { agreement } from './agreement.js';
import { cosine } from './cosine.js';
import { maxAbs } from './max-abs.js';
import type { LabelMetric, OutputMetric } from './metric.js';
import { sqnr } from './sqnr.js';
import { top1 } from './top1.js';
import { top5 } from './top5.js';

/** In the order of the report: the strictest question first. */
export const labelMetrics: readonly LabelMetric[] = [top1, top5];

/** In the order of the report: decisions first, then how far the numbers are off, the single worst last. */
export const outputMetrics: readonly OutputMetric[] = [agreement, cosine, sqnr, maxAbs];
