import { readEnvironment } from '../../bench/environment.js';
import { checkFile } from '../../bench/artifact-file.js';
import { quantileSorted } from '../../bench/statistics/percentile.js';
import { InferOptError } from '../../errors.js';
import type { Progress } from '../../progress.js';
import { chooseDevices } from '../../serve/hardware/choose-devices.js';
import { makePlan } from '../../serve/plan/make-plan.js';
import { parseRate, parseSlo } from '../../serve/plan/objective.js';
import type { CurveResult, PlanResult, SettingResult } from '../../serve/plan/plan-result.js';
import { readBenchCurve, readTrtexecTimes } from '../../serve/plan/read-curve.js';
import { readTrace } from '../../serve/plan/read-trace.js';
import { ServiceTimes, type CurvePoint } from '../../serve/plan/service-times.js';
import { rateOf } from '../../bench/serving/arrivals.js';
import { thisTool } from '../../tool.js';
import { estimateOn } from './estimate.js';
import { measureModel, type MeasuredModel } from './measure-model.js';
import { verifySettings } from './verify.js';
import type { PlanFlagsOfModel } from './wishes.js';

interface Work {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Joins the rooms that a plan needs: measure batches, simulate settings, and run the chosen ones where asked to. */
export async function planServing(path: string, flags: PlanFlagsOfModel, work: Work): Promise<PlanResult> {
  // Everything that can be wrong with words is told before anything is measured.
  const slo = flags.slo === undefined ? undefined : parseSlo(flags.slo);
  const trace = flags.trace === undefined ? undefined : await readTrace(flags.trace);
  const ratePerS = flags.rate === undefined ? trace && rateOf(trace) : parseRate(flags.rate);
  if (ratePerS === undefined && slo === undefined) {
    throw new InferOptError('usage', 'a plan needs a rate or a promise', {
      hint: "give --rate 300/s, --slo 'p99 <= 20ms', or both",
    });
  }
  const devices = await chooseDevices(flags.hardware ?? [], flags.hardwareFile);
  const given = await givenCurve(path, flags);
  if (given !== undefined && flags.verify !== undefined)
    throw new InferOptError('usage', '--verify runs the model here, so its times must be measured here too');
  await checkFile(path);
  const warnings: string[] = [];
  const measured = given === undefined ? await measureModel(path, flags, { ...work, warnings }) : undefined;
  const service = given ?? serviceOf(measured!, flags.instances);
  const planned = await makePlan({
    service,
    ratePerS,
    slo,
    trace,
    requests: flags.requests,
    seed: flags.seed,
    windows: flags.window,
    queueLimit: flags.queueLimit,
    staticBatch: flags.staticBatch,
    progress: work.progress,
    signal: work.signal,
  });
  const verified =
    flags.verify === undefined || measured === undefined
      ? []
      : await verifySettings(worthRunning(planned), {
          path,
          threads: flags.threads ?? 1,
          requests: measured.requests,
          service,
          trace,
          timeMs: flags.verify,
          seed: flags.seed + 1,
          ...work,
        });
  const estimates =
    measured === undefined
      ? []
      : await estimateOn(devices, measured.model, measured.requests[0]!, service[0]!.sizes, warnings);
  return {
    schema: 'infer-opt/plan@1',
    tool: thisTool(),
    environment: measured === undefined ? null : await readEnvironment(),
    model: {
      path,
      sha256: measured?.sha256 ?? null,
      bytes: measured?.bytes ?? null,
      peak_memory_bytes: measured?.peakMemoryBytes ?? null,
    },
    workload: {
      arrivals: trace === undefined ? 'poisson' : 'trace',
      rate_per_s: ratePerS ?? null,
      requests: trace?.length ?? flags.requests,
      seed: flags.seed,
      threads: flags.threads ?? 1,
    },
    slo: slo === undefined ? null : { metric: slo.metric, limit_ms: slo.limitMs },
    curve_from: measured === undefined ? (flags.curve ?? 'trtexec') : 'measured',
    curve: measured === undefined ? curveOf(service) : measuredCurve(measured),
    verified,
    estimates,
    ...planned,
    warnings: [...warnings, ...planned.warnings],
  };
}

/** Times from files; undefined when they are to be measured. */
async function givenCurve(path: string, flags: PlanFlagsOfModel): Promise<ServiceTimes[] | undefined> {
  if (flags.curve !== undefined && flags.times !== undefined)
    throw new InferOptError('usage', '--curve and --times both tell how long batches take: give one');
  let points: CurvePoint[] | undefined;
  if (flags.curve !== undefined) points = await readBenchCurve(flags.curve, path);
  if (flags.times !== undefined) {
    points = await Promise.all(
      flags.times.map(async (text) => {
        const match = /^([1-9]\d{0,5})=(.+)$/.exec(text);
        if (match === null)
          throw new InferOptError('usage', `--times ${text} is no BATCH=FILE`, {
            hint: 'such as --times 8=batch8.json',
          });
        return { batch: Number(match[1]), times: await readTrtexecTimes(match[2]!) };
      }),
    );
  }
  if (points === undefined) return undefined;
  if (!points.some(({ batch }) => batch === 1))
    throw new InferOptError('usage', 'there is no time of a single request', {
      hint: 'measure a batch of 1 too',
    });
  const one = new ServiceTimes(points);
  // Of several instances at once these files say nothing: they are taken to run as fast as one does alone.
  return Array.from({ length: flags.instances }, () => one);
}

function serviceOf({ curve }: MeasuredModel, instances: number): ServiceTimes[] {
  return Array.from(
    { length: instances },
    (_, index) => new ServiceTimes(curve.filter((point) => point.instances === index + 1)),
  );
}

function measuredCurve({ curve }: MeasuredModel): CurveResult[] {
  return curve
    .map(({ batch, instances, times }) => curveResult(batch, instances, times))
    .sort((a, b) => a.instances - b.instances || a.batch - b.batch);
}

function curveOf([service]: readonly ServiceTimes[]): CurveResult[] {
  return service!.sizes.map((batch) => ({
    ...curveResult(batch, 1, Float64Array.of(service!.mean(batch))),
    p50_ms: service!.quantile(batch, 0.5),
    p99_ms: service!.quantile(batch, 0.99),
    samples: 0,
  }));
}

function curveResult(batch: number, instances: number, times: Float64Array): CurveResult {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return {
    batch,
    instances,
    mean_ms: mean,
    p50_ms: quantileSorted(times, 0.5),
    p99_ms: quantileSorted(times, 0.99),
    samples: times.length,
    throughput_per_s: (batch * instances * 1000) / mean,
  };
}

/** The recommended setting and the two simple ones, as far as they keep up. */
function worthRunning({
  recommendation,
  alternatives,
}: Pick<PlanResult, 'recommendation' | 'alternatives'>): SettingResult[] {
  return [recommendation, alternatives.no_batching, alternatives.static_batch].filter(
    (one) => one !== null && one.figures !== null,
  ) as SettingResult[];
}
