import type { CandidateResult, OptimizeResult } from '../../search/result.js';
import { humanBytes, humanDuration, humanMilliseconds, humanRatio } from '../humanize.js';
import { lastOf, metricOf } from '../search-view.js';
import { factList, warningList } from './circumstances.js';
import { gateTable } from './gates.js';
import { html, nothing, type Content, type Html } from './html.js';
import { dataTable } from './plot.js';
import { qualityPlot, type QualityMeasure, type QualityPoint } from './quality-plot.js';
import { shell } from './shell.js';

const tints = 6;

/** What a search tried, what won and why, as a page of its own. */
export function searchPage(result: OptimizeResult): string {
  const { winner, candidates, gates, verdict, tool, warnings, model } = result;
  return shell({
    title: `infer-opt: ${model.path}`,
    verdict,
    contents: nothing,
    main: html`<section aria-labelledby="search">
      <h2 id="search">What was found for ${model.path}</h2>
      ${winnerCard(result)} ${gateTable({ gates, artifactName: () => winner.name })} ${candidateTable(result)}
      <div class="figures">${searchPlot(result)}</div>
      ${commands(candidates)} ${warningList(warnings)} ${circumstancesOf(result)}
    </section>`,
    footer: `Made by infer-opt ${tool.version}. Intervals are 95% intervals.`,
  });
}

function winnerCard({ winner, candidates, model }: OptimizeResult): Html {
  const bytes = candidates.find(({ name }) => name === winner.name)?.search?.bytes ?? model.bytes;
  const facts: [string, string][] = [
    ['speed-up', winner.speedup === null ? '–' : humanRatio(winner.speedup)],
    ['size', humanBytes(bytes)],
    ['size of the original', humanBytes(model.bytes)],
  ];
  return html`<article class="card">
    <h3>${winner.name}</h3>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div class="fact">
            <dt>${name}</dt>
            <dd><strong>${value}</strong></dd>
          </div>`,
      )}
    </dl>
    <p class="detail">
      ${winner.path}${winner.judged ? '' : ', not judged on samples that the search had not seen: time was over'}
    </p>
    <p>Taken because: ${winner.reason}.</p>
    ${winner.command === null ? nothing : html`<p>Again: <code>${winner.command}</code></p>`}
  </article>`;
}

function candidateTable({ candidates, front }: OptimizeResult): Html {
  const metric = metricOf(candidates);
  const unbeaten = new Set(front.map(({ name }) => name));
  const heads = [
    'latency',
    'speed-up',
    'size',
    metric === undefined ? 'cosine' : `${metric} drop`,
    'samples',
  ];
  const rows = candidates.map((candidate, place): Content[] => {
    const { name, state, reason } = candidate;
    const { measured, loss } = lastOf(candidate, metric);
    return [
      html`<span class="chip ${tintOf(place)}">${place + 1}</span> ${name}`,
      measured?.latency_ms == null ? '–' : humanMilliseconds(measured.latency_ms),
      measured?.speedup == null ? '–' : humanRatio(measured.speedup.value),
      measured == null ? '–' : humanBytes(measured.bytes),
      loss,
      measured?.samples ?? '–',
      unbeaten.has(name) ? 'no' : 'yes',
      reason === null ? state : `${state}: ${reason}`,
    ];
  });
  return html`<h3>Candidates</h3>
    ${dataTable(
      'Candidates',
      [
        { head: 'candidate' },
        ...heads.map((head) => ({ head, numeric: true })),
        { head: 'beaten' },
        { head: 'how far it got' },
      ],
      rows,
    )}`;
}

/** Each candidate against the original on the samples that it was searched with. */
function searchPlot({ candidates, model }: OptimizeResult): Html {
  const metric = metricOf(candidates);
  const quality: QualityMeasure =
    metric === undefined
      ? {
          label: 'cosine with the original',
          least: 0.005,
          format: (y) => y.toFixed(5),
          tick: (y) => y.toFixed(3),
        }
      : { label: `change of ${metric}`, least: 0.005, format: signed, tick: signed };
  const measured = candidates.flatMap(({ name, search }, place) => {
    const y = metric === undefined ? search?.outputs?.cosine : negative(search?.drop[metric]?.value);
    const speed = search?.speedup?.value;
    if (search === null || y == null || speed === undefined) return [];
    return [{ name, mark: String(place + 1), tint: tintOf(place), speed, y, search }];
  });
  const originalMs = medianOf(measured.flatMap(({ search }) => search.original_ms ?? []));
  if (originalMs === undefined) return nothing;
  // The original's time over the speed-up: what the machine did while each was measured falls out.
  const points = measured.map(({ name, mark, tint, speed, y, search }): QualityPoint => ({
    name,
    mark,
    tint,
    x: originalMs / speed,
    y,
    bytes: search.bytes,
  }));
  const original = { name: 'original', mark: 'B', tint: 'c0', x: originalMs, bytes: model.bytes };
  return qualityPlot('search-pareto', [{ ...original, y: metric === undefined ? 1 : 0 }, ...points], quality);
}

function commands(candidates: readonly CandidateResult[]): Html {
  return html`<details>
    <summary>How to make each of them again</summary>
    ${dataTable(
      'Commands',
      [{ head: 'candidate' }, { head: 'command' }],
      candidates.map(({ name, command }) => [name, html`<code>${command}</code>`]),
    )}
  </details>`;
}

function circumstancesOf({
  environment,
  settings,
  dataset,
  elapsed_ms: elapsed,
  tool,
}: OptimizeResult): Html {
  const rows: [string, string][] = [
    ['dataset', `${dataset.name}: ${dataset.search} samples to search, ${dataset.held_out} others to judge`],
    ['processor', `${environment.cpu.model}, ${environment.cpu.cores} cores`],
    ['threads', String(settings.threads)],
    ['target', settings.target],
    ['took', `${humanDuration(elapsed)} of ${humanDuration(settings.time_ms)}, seed ${settings.seed}`],
    ['software', `infer-opt ${tool.version}, onnxruntime ${environment.onnxruntime}`],
  ];
  return factList('Circumstances', rows);
}

function tintOf(place: number): string {
  return `c${(place % tints) + 1}`;
}

function negative(value: number | undefined): number | undefined {
  // Not -0, which would be written with a sign.
  return value === undefined ? undefined : 0 - value;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(3)}`;
}

function medianOf(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
