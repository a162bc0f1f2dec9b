import path from 'node:path';
import { root } from '../setup.js';
import { watchedRun } from '../watched-run.js';
import { cell } from './store.js';

/** What one bench of all artifacts of a model may take. */
const limits = { seconds: 480, megabytes: 16_000 };

/**
 * Latency and accuracy of all artifacts of one model from one interleaved `infer-opt bench`; artifacts of the same bytes
 * are measured once. What an earlier run measured of the same bytes is taken.
 *
 * @param {import('./models.js').PeerModel} one
 * @param {readonly { tool: string, sha256?: string, failure?: string }[]} made
 * @param {string} time for all latencies
 * @param {boolean} again
 * @returns {Promise<any>} the result of bench; `sums` names the artifacts in its order
 */
export async function measureArtifacts(one, made, time, again) {
  const good = new Map(
    made.filter(({ failure }) => failure === undefined).map(({ tool, sha256 }) => [sha256, tool]),
  );
  const key = [...good.keys(), time].join('|');
  const place = cell(one.name, 'bench');
  const stored = again ? undefined : place.read(key);
  if (stored !== undefined && stored.failure === undefined) return stored;
  const candidates = [...good.values()].map((tool) => cell(one.name, tool).artifact);
  const data = one.data === undefined ? ['--samples', '200'] : ['--data', one.data];
  const words = [
    'bench',
    one.model,
    ...candidates,
    ...data,
    '--threads',
    '1',
    '--time',
    time,
    '--json',
    '--quiet',
  ];
  const run = await watchedRun(process.execPath, [path.join(root, 'bin', 'infer-opt.js'), ...words], limits);
  const found =
    run.stopped !== undefined || !run.stdout.startsWith('{')
      ? {
          failure: run.stopped === undefined ? run.stderr.split('\n')[0] : `over the limit of ${run.stopped}`,
        }
      : { sums: [...good.keys()], ...withoutSamples(JSON.parse(run.stdout)) };
  return place.write({ seconds: run.seconds, ...found }, key);
}

/** Only what the table shows: a result carries a good deal more. */
function withoutSamples({ tool, environment, dataset, artifacts }) {
  return {
    tool,
    environment,
    dataset,
    artifacts: artifacts.map(
      ({ role, bytes, error, latency_ms, accuracy, outputs, versus_baseline, kernels }) => ({
        ...{ role, bytes, error, latency_ms, accuracy, outputs, versus_baseline },
        integer_share_of_macs: kernels?.integer_share_of_macs,
      }),
    ),
  };
}
