import type { Pass } from '../pass.js';

/** The domain of the operators that onnxruntime brings along. */
export const runtimeDomain = 'com.microsoft';

/** The same pass, after which a model that it has changed says that it uses that domain. */
export function needsRuntimeDomain(pass: Pass): Pass {
  return {
    ...pass,
    async run(model, context) {
      const report = await pass.run(model, context);
      if (report.changes > 0 && !model.opsets.has(runtimeDomain)) model.opsets.set(runtimeDomain, 1);
      return report;
    },
  };
}
