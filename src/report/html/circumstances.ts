import type { BenchEnvironment } from '../../bench/result.js';
import { humanBytes, humanDuration, humanMilliseconds } from '../humanize.js';
import { html, nothing, type Html } from './html.js';
import type { ResultView } from './view.js';

/** What a reader should know before believing the numbers. */
export function warningList(warnings: readonly string[]): Html {
  if (warnings.length === 0) return nothing;
  return html`<h3>Warnings</h3>
    <ul class="warnings">
      ${warnings.map((text) => html`<li>${text}</li>`)}
    </ul>`;
}

/** On what, with what and how it was measured. */
export function circumstances({ result }: ResultView): Html {
  const { environment, settings, dataset, tool } = result;
  const { cpu, os } = environment;
  const rows: [string, string][] = [
    ['measured', `${result.measured_at.replace('T', ' ').slice(0, 16)} UTC`],
    ['dataset', `${dataset.name}, ${dataset.samples} samples`],
    ['processor', `${cpu.model}, ${cpu.cores} ${cpu.cores === 1 ? 'core' : 'cores'}`],
    ['instructions', cpu.instructions === null ? 'not known' : cpu.instructions.join(' ')],
    ['memory', humanBytes(environment.memory_bytes)],
    ['system', `${os.name} ${os.release} (${os.arch})`],
    ['threads', `${settings.threads}, requests in flight: ${settings.concurrency}`],
    ['steadiness', steadiness(environment.reference)],
    ...(result.against === null
      ? []
      : ([['stored baseline', `${result.against.file}, measured ${result.against.measured_at}`]] as [
          string,
          string,
        ][])),
    ['time', `${humanDuration(settings.time_ms)} a batch size, seed ${settings.seed}`],
    [
      'software',
      `infer-opt ${tool.version}, onnxruntime ${environment.onnxruntime}, Node ${environment.node}`,
    ],
  ];
  return factList('Circumstances', rows);
}

/** Names with their values, under a head. */
export function factList(head: string, rows: readonly (readonly [name: string, value: string])[]): Html {
  return html`<h3>${head}</h3>
    <dl class="facts">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

function steadiness(reference: BenchEnvironment['reference']): string {
  if (reference === null) return 'measured too briefly to tell';
  const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
  const { ms, jitter, drift } = reference;
  return `a fixed piece of work took ${humanMilliseconds(ms)}, give or take ${percent(jitter)}, and became ${percent(Math.abs(drift))} ${drift > 0 ? 'slower' : 'faster'}`;
}
