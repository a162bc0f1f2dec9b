import type { GateResult } from '../../src/bench/result.js';
import type { CandidateResult, Measurement, OptimizeResult } from '../../src/search/result.js';

/** A measurement with what a test is about; the rest is unremarkable. */
export function measured(
  speed: number,
  more: Partial<Measurement> & { readonly ci95?: readonly [number, number] } = {},
): Measurement {
  const { ci95 = [speed * 0.99, speed * 1.01], ...rest } = more;
  return {
    samples: 100,
    time_ms: 1000,
    bytes: 1000,
    size_ratio: 0.25,
    latency_ms: 10 / speed,
    original_ms: 10,
    speedup: { value: speed, ci95 },
    accuracy: { top1: 0.9 },
    drop: { top1: { value: 0, ci95: [0, 0] } },
    outputs: { cosine: 0.999, sqnr_db: 30, max_abs: 0.1, agreement: 1 },
    gates: [],
    error: null,
    ...rest,
  };
}

/** `top1.drop <= 0.01`, as it was judged. */
export function dropGate(verdict: GateResult['verdict'], actual: number): GateResult {
  return {
    expr: 'top1.drop <= 0.01',
    metric: 'top1.drop',
    comparison: '<=',
    level: 'error',
    source: null,
    artifact: 'artifact.onnx',
    limit: 0.01,
    actual,
    ci95: null,
    verdict,
    detail: '',
  };
}

export function candidate(
  name: string,
  search: Measurement | null,
  judged: Measurement | null = null,
): CandidateResult {
  return {
    name,
    family: 'static',
    state: judged === null ? 'measured' : 'judged',
    reason: null,
    path: `out/${name}.onnx`,
    command: `infer-opt quantize m.onnx -o out/${name}.onnx`,
    sha256: 'a'.repeat(64),
    search,
    judged,
  };
}

/** The result of one of `count` shards that measured these candidates. */
export function part(
  index: number,
  count: number,
  candidates: readonly CandidateResult[],
  more: { readonly cpu?: string; readonly model?: string } = {},
): OptimizeResult {
  const judged = candidates.find((one) => one.judged !== null);
  return {
    schema: 'infer-opt/optimize@1',
    tool: { name: 'infer-opt', version: '0.0.0' },
    environment: {
      cpu: { model: more.cpu ?? 'a', cores: 2, instructions: [] },
      memory_bytes: 1,
      os: { name: 'Linux', release: '1', arch: 'x64' },
      node: '20',
      onnxruntime: '1',
      providers: [],
    } as unknown as OptimizeResult['environment'],
    model: { path: 'm.onnx', sha256: more.model ?? 'm', bytes: 4000 },
    dataset: { name: 'd', sha256: 'd', calibrate: 1, search: 1, held_out: 1 },
    settings: {
      gates: ['top1.drop <= 0.01'],
      strict: false,
      time_ms: 1,
      threads: 1,
      seed: 1,
      target: 'x86',
      shard: { index, count },
    },
    winner: {
      name: judged?.name ?? 'original',
      path: '',
      command: null,
      speedup: null,
      reason: '',
      judged: true,
    },
    candidates,
    original: judged === undefined ? measured(1, { gates: [dropGate('pass', 0)], ci95: [0.99, 1.01] }) : null,
    front: [],
    gates: [],
    verdict: 'pass',
    interrupted: false,
    cache: null,
    elapsed_ms: index,
    warnings: [],
  };
}
