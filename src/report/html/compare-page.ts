import type { CompareResult } from '../../quantize/compare/result.js';
import { humanBytes, humanRatio } from '../humanize.js';
import { factList, warningList } from './circumstances.js';
import { html, nothing, type Html } from './html.js';
import { layerErrorPlot } from './layer-error.js';
import { shell } from './shell.js';

/** Where an artifact's error comes from, as a page of its own. */
export function comparePage(result: CompareResult): string {
  const { baseline, candidate } = result;
  return shell({
    title: `infer-opt: ${candidate.path} against ${baseline.path}`,
    contents: nothing,
    main: html`<section aria-labelledby="compare">
      <h2 id="compare">${candidate.path} against ${baseline.path}</h2>
      ${factList('Outputs', factsOf(result))}
      <div class="figures">
        ${layerErrorPlot({ id: 'compare-layers', name: candidate.path, mark: '', tint: 'c1', comparison: result })}
      </div>
      ${noError(result)} ${warningList(result.warnings)}
    </section>`,
    footer: 'SQNR is the power of the values over the power of their difference, in decibels.',
  });
}

function noError({ worst }: CompareResult): Html {
  return worst.length > 0 ? nothing : html`<p>No error enters anywhere.</p>`;
}

function factsOf({
  baseline,
  candidate,
  outputs,
  values,
  unaligned,
  samples,
  dataset,
}: CompareResult): [string, string][] {
  return [
    ['SQNR', outputs.sqnr_db === null ? 'no difference' : `${outputs.sqnr_db.toFixed(1)} dB`],
    ['cosine', outputs.cosine.toFixed(5)],
    ['largest error', outputs.max_abs.toPrecision(3)],
    ['size', `${humanBytes(candidate.bytes)}, ${humanRatio(candidate.bytes / baseline.bytes)}`],
    ['values compared', `${values.length}, without a counterpart: ${unaligned}`],
    ['dataset', `${dataset}, ${samples} samples`],
  ];
}
