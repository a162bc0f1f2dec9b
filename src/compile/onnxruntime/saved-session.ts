import type { OnnxruntimeReport } from './report.js';

/**
 * Session options for a graph that the runtime has optimized and saved: without its own optimization, which would be
 * done a second time.
 */
export function savedSession(format: OnnxruntimeReport['format']): Readonly<Record<string, unknown>> {
  return {
    graphOptimizationLevel: 'disabled',
    extra: { session: { load_model_format: format.toUpperCase() } },
  };
}
