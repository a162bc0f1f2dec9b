import type { ReportFormat } from '../report.js';
import { batchCurve } from './batches.js';
import { circumstances, warningList } from './circumstances.js';
import { confusionTables } from './confusion.js';
import { distributionPlot } from './distributions.js';
import { gateTable, verdictBadge, type ShownGates } from './gates.js';
import { glance } from './glance.js';
import { html, nothing, type Html } from './html.js';
import { layerErrorPlot } from './layer-error.js';
import { operatorPlot } from './operators.js';
import { paretoPlot } from './pareto.js';
import { ratePlot } from './rates.js';
import { shell } from './shell.js';
import { artifactTable, kernelTable, outputTable } from './tables.js';
import { viewOf, type ResultView } from './view.js';

/** The plots, in the order of the page: the decision first, then why. */
const plots: readonly ((view: ResultView) => Html)[] = [
  paretoPlot,
  distributionPlot,
  batchCurve,
  ratePlot,
  operatorPlot,
  layerErrorPlots,
];

/** Results of `bench` as a page of its own. */
export const htmlPage: ReportFormat = {
  name: 'html',
  summary: 'one HTML file with plots that opens anywhere and loads nothing',
  render(report, comparisons) {
    const views = report.results.map((result, index) => viewOf(result, index, comparisons));
    return shell({
      title: `infer-opt: ${views.map(({ baseline }) => baseline.name).join(', ')}`,
      verdict: report.verdict,
      contents: contents(views),
      main: views.map(resultSection),
      footer:
        `Made by infer-opt ${report.tool.version}. Intervals are 95% bootstrap intervals over rounds (latency) and ` +
        'score intervals of paired answers (accuracy).',
    });
  },
};

function contents(views: readonly ResultView[]): Html {
  if (views.length < 2) return nothing;
  return html`<nav aria-label="Results">
    <ul>
      ${views.map(
        ({ prefix, baseline, result }) =>
          html`<li><a href="#${prefix}">${baseline.name}</a> ${verdictBadge(result.verdict)}</li>`,
      )}
    </ul>
  </nav>`;
}

function resultSection(view: ResultView): Html {
  const { prefix, baseline, result } = view;
  const candidates = result.artifacts.length - 1;
  const against =
    candidates === 0 ? '' : ` against ${candidates} ${candidates === 1 ? 'candidate' : 'candidates'}`;
  return html`<section id="${prefix}" aria-labelledby="${prefix}-title">
    <h2 id="${prefix}-title">${baseline.name}${against} ${verdictBadge(result.verdict)}</h2>
    ${glance(view)} ${gateTable(gatesOf(view))} ${artifactTable(view)} ${warningList(result.warnings)}
    <div class="figures">${plots.map((plot) => plot(view))}</div>
    ${kernelTable(view)} ${confusionTables(view)} ${outputTable(view)} ${circumstances(view)}
  </section>`;
}

function gatesOf({ result, shown }: ResultView): ShownGates {
  const names = new Map(shown.map(({ artifact, mark, name }) => [artifact.path, `${mark} ${name}`]));
  return { gates: result.gates, artifactName: (path) => names.get(path) ?? path };
}

/** Plots of the candidates whose values were compared one by one. */
function layerErrorPlots({ prefix, shown }: ResultView): Html {
  return html`${shown.map(({ comparison, name, mark, tint }) =>
    comparison === undefined
      ? nothing
      : layerErrorPlot({ id: `${prefix}-layers-${mark}`, name, mark, tint, comparison }),
  )}`;
}
