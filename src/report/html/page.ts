import type { Report, ReportFormat } from '../report.js';
import { batchCurve } from './batches.js';
import { circumstances, warningList } from './circumstances.js';
import { distributionPlot } from './distributions.js';
import { gateTable, verdictBadge } from './gates.js';
import { glance } from './glance.js';
import { Html, html, nothing } from './html.js';
import { operatorPlot } from './operators.js';
import { paretoPlot } from './pareto.js';
import { ratePlot } from './rates.js';
import { style } from './style.js';
import { artifactTable, kernelTable, outputTable } from './tables.js';
import { viewOf, type ResultView } from './view.js';

/** The plots, in the order of the page: the decision first, then why. */
const plots: readonly ((view: ResultView) => Html)[] = [
  paretoPlot,
  distributionPlot,
  batchCurve,
  ratePlot,
  operatorPlot,
];

/**
 * One HTML file that needs nothing else: no script, no font, no picture from anywhere. The policy in its head forbids
 * requests, should a name ever find a way to make one.
 */
export const htmlPage: ReportFormat = {
  name: 'html',
  summary: 'one HTML file with plots that opens anywhere and loads nothing',
  render: (report) => pageOf(report).text,
};

function pageOf(report: Report): Html {
  const views = report.results.map(viewOf);
  const title = `infer-opt: ${views.map(({ baseline }) => baseline.name).join(', ')}`;
  // The style is ours and holds nothing that was measured.
  return html`${new Html('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>infer-opt ${verdictBadge(report.verdict)}</h1>
          ${contents(views)}
        </header>
        <main>${views.map(resultSection)}</main>
        <footer>
          <p>
            Made by infer-opt ${report.tool.version}. Intervals are 95% bootstrap intervals over rounds
            (latency) and score intervals of paired answers (accuracy).
          </p>
        </footer>
      </body>
    </html> `;
}

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
    ${glance(view)} ${gateTable(view)} ${artifactTable(view)} ${warningList(view)}
    <div class="figures">${plots.map((plot) => plot(view))}</div>
    ${kernelTable(view)} ${outputTable(view)} ${circumstances(view)}
  </section>`;
}
