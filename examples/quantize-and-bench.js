// Two steps by hand: node examples/quantize-and-bench.js MODEL DATASET ARTIFACT
import { bench, InferOptError, quantize } from 'infer-opt';

const [model, data, output] = process.argv.slice(2);

try {
  const made = await quantize({ model, data, output, mode: 'static', measure: false });
  console.log(
    `${made.changed} nodes compute with integers, ${made.output.size_ratio.toFixed(2)}x of the size`,
  );
  const { artifacts, gates } = await bench({
    baseline: model,
    candidates: [output],
    data,
    gates: ['top1.drop <= 0.05'],
    timeMs: 2000,
  });
  console.log(`speed-up ${artifacts[1].versus_baseline.speedup.value.toFixed(2)}x`);
  for (const { expr, verdict } of gates) console.log(`${expr}: ${verdict}`);
} catch (error) {
  // One line that says what and where, and a hint.
  if (!(error instanceof InferOptError)) throw error;
  console.error(error.message, error.hint ?? '');
  process.exitCode = 2;
}
