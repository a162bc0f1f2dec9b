/** What can be gated, and in which units its limit may be written. */

export interface GateUnit {
  /** As it is written behind the number; '' for none. */
  readonly suffix: string;
  /** What one of it is in the unit that is measured. */
  readonly factor: number;
}

export interface GateMetric {
  /** The name in expressions. */
  readonly name: string;
  readonly summary: string;
  readonly units: readonly GateUnit[];
  /** Needs a candidate beside the baseline. */
  readonly relative: boolean;
  /** Needs labels. */
  readonly labelled: boolean;
}

const unit = (suffix: string, factor: number): GateUnit => ({ suffix, factor });
const plain = unit('', 1);
const ratio = [plain, unit('x', 1)];
const fraction = [plain, unit('%', 0.01)];
const milliseconds = [unit('ms', 1), unit('us', 0.001), unit('s', 1000)];
const bytes = [
  unit('B', 1),
  unit('KB', 1e3),
  unit('MB', 1e6),
  unit('GB', 1e9),
  unit('KiB', 2 ** 10),
  unit('MiB', 2 ** 20),
  unit('GiB', 2 ** 30),
];

interface Traits {
  readonly relative?: true;
  readonly labelled?: true;
}

function metric(name: string, summary: string, units: readonly GateUnit[], traits: Traits = {}): GateMetric {
  return { name, summary, units, relative: traits.relative ?? false, labelled: traits.labelled ?? false };
}

/** In the order in which help shows them. Two metrics may share a name when their units tell them apart (`size`). */
export const gateMetrics: readonly GateMetric[] = [
  metric('speedup', "the baseline's median latency over the candidate's", ratio, { relative: true }),
  metric('latency.mean', 'mean latency of a request', milliseconds),
  metric('latency.p50', 'median latency of a request', milliseconds),
  metric('latency.p90', '90th percentile of the latency', milliseconds),
  metric('latency.p95', '95th percentile of the latency', milliseconds),
  metric(
    'latency.p99',
    '99th percentile of the latency; at least 459 requests are sent for it',
    milliseconds,
  ),
  metric('throughput', 'samples a second', [unit('/s', 1)]),
  metric('throughput.best', 'samples a second of the best batch size (--scenario offline)', [unit('/s', 1)]),
  metric('server.rate', 'highest rate of requests within the limit (--scenario server)', [unit('/s', 1)]),
  metric('size', "bytes of the file with its external data, over the baseline's", [unit('x', 1)], {
    relative: true,
  }),
  metric('size', 'bytes of the file with its external data', bytes),
  metric('top1', 'share of samples whose best class is right', fraction, { labelled: true }),
  metric('top5', 'share of samples with the right class among the best five', fraction, { labelled: true }),
  metric('f1', 'F1 score, mean over classes', fraction, { labelled: true }),
  metric('calibration_error', 'distance between confidence and accuracy', fraction, { labelled: true }),
  metric('mae', 'mean absolute error', [plain], { labelled: true }),
  metric('r2', 'coefficient of determination', [plain], { labelled: true }),
  metric('retrieval_at_1', 'share of samples whose nearest other has the same label', fraction, {
    labelled: true,
  }),
  metric('retrieval_at_5', 'share of samples with the same label among the five nearest', fraction, {
    labelled: true,
  }),
  metric('iou', 'intersection over union of pixels, mean over classes', fraction, { labelled: true }),
  metric('map50', 'mean average precision of boxes at an overlap of half', fraction, { labelled: true }),
  metric('token_accuracy', 'share of tokens whose best-scored one is right', fraction, { labelled: true }),
  metric('perplexity', 'perplexity of the right tokens', [plain], { labelled: true }),
  metric('score', 'what the module of --metric returns', [plain]),
  ...[
    'f1',
    'calibration_error',
    'mae',
    'r2',
    'retrieval_at_1',
    'retrieval_at_5',
    'iou',
    'map50',
    'token_accuracy',
    'perplexity',
  ].map((name) =>
    metric(`${name}.drop`, `how much worse ${name} of the candidate is`, fraction, {
      relative: true,
      labelled: true,
    }),
  ),
  metric('score.drop', 'score of the baseline less that of the candidate', [plain], { relative: true }),
  metric('top1.drop', 'top1 of the baseline less top1 of the candidate', fraction, {
    relative: true,
    labelled: true,
  }),
  metric('top5.drop', 'top5 of the baseline less top5 of the candidate', fraction, {
    relative: true,
    labelled: true,
  }),
  metric('agreement', 'share of decisions that are as the baseline decides', fraction, { relative: true }),
  metric('cosine', "mean cosine between the candidate's outputs and the baseline's", [plain], {
    relative: true,
  }),
  metric('sqnr_db', 'signal of the outputs over their error', [plain, unit('dB', 1)], { relative: true }),
  metric('kl', "divergence of the class probabilities from the baseline's", [plain], { relative: true }),
  metric('max_abs', 'largest difference of an output element', [plain], { relative: true }),
];
