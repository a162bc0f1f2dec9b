// The whole job as a function: node examples/optimize.js MODEL DATASET FOLDER [SECONDS]
/* global AbortController */
import { optimize } from 'infer-opt';

const [model, data, output, seconds = '60'] = process.argv.slice(2);

// Ctrl-C ends the search with the best that is known by then.
const abort = new AbortController();
process.once('SIGINT', () => abort.abort());

const result = await optimize({
  model,
  data,
  output,
  gates: ['top1.drop <= 0.02'],
  timeMs: Number(seconds) * 1000,
  signal: abort.signal,
  progress: {
    start(label) {
      console.error(label);
      return { advance() {}, note() {}, done() {} };
    },
  },
});

const { winner, verdict } = result;
console.log(`${winner.name} (${winner.speedup?.toFixed(2) ?? '-'}x): ${winner.path}, gates: ${verdict}`);
