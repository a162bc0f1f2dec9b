import { factsOf } from '../facts.js';
import { html, nothing, type Html } from './html.js';
import type { ResultView, Shown } from './view.js';

/** What each candidate changes, one card each. */
export function glance({ shown, baseline }: ResultView): Html {
  const candidates = shown.filter(({ artifact }) => artifact.role === 'candidate');
  if (candidates.length === 0) return nothing;
  return html`<div class="cards">${candidates.map((one) => card(one, baseline))}</div>`;
}

function card(one: Shown, baseline: Shown): Html {
  const { artifact, mark, name, tint } = one;
  const head = html`<h3><span class="chip ${tint}">${mark}</span> ${name}</h3>`;
  if (artifact.error !== null)
    return html`<article class="card">
      ${head}
      <p class="broken">Could not be measured (${artifact.failure ?? 'other'}): ${artifact.error}</p>
    </article>`;
  const words = {
    better: 'better',
    worse: 'worse',
    same: 'the same',
    unclear: 'no clear change',
    none: '',
  };
  const facts = factsOf(artifact, baseline.artifact).map(
    ({ label, value, detail, tone }) =>
      html`<div class="fact">
        <dt>${label}</dt>
        <dd class="${tone}">
          <strong>${value}</strong
          >${words[tone] === '' ? nothing : html` <span class="tone">${words[tone]}</span>`}${detail === '' ? nothing : html`<br /><span class="detail">${detail}</span>`}
        </dd>
      </div>`,
  );
  return html`<article class="card">
    ${head}
    <dl>${facts}</dl>
  </article>`;
}
