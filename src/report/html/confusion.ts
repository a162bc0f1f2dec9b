import { html, nothing, type Content, type Html } from './html.js';
import { dataTable } from './plot.js';
import type { ResultView, Shown } from './view.js';

/** A larger matrix is no longer read; then the most frequent mistakes are shown alone. */
const mostClasses = 16;
const mistakesShown = 12;

/** Which classes are taken for which. */
export function confusionTables({ shown }: ResultView): Html {
  const known = shown.filter(({ artifact }) => artifact.confusion !== null);
  if (known.length === 0) return nothing;
  const classes = new Set(
    known.flatMap(({ artifact }) => artifact.confusion!.flatMap(([label, answer]) => [label, answer])),
  );
  const tables =
    classes.size <= mostClasses
      ? known.map((one) =>
          matrix(
            one,
            [...classes].sort((a, b) => a - b),
          ),
        )
      : mistakes(known);
  return html`<h3>Confusion</h3>
    ${tables}`;
}

/** Rows are labels, columns answers: the diagonal is right. */
function matrix({ artifact, mark, name }: Shown, classes: readonly number[]): Html {
  const counts = new Map(artifact.confusion!.map(([label, answer, count]) => [`${label} ${answer}`, count]));
  const title = `Confusion of ${mark} ${name}: labels down, answers across`;
  return html`<details>
    <summary>${title}</summary>
    ${dataTable(
      title,
      [{ head: 'label' }, ...classes.map((answer) => ({ head: String(answer), numeric: true }))],
      classes.map((label): Content[] => [
        label,
        ...classes.map((answer) => {
          const count = counts.get(`${label} ${answer}`) ?? 0;
          return label === answer ? html`<strong>${count}</strong>` : count === 0 ? '·' : count;
        }),
      ]),
    )}
  </details>`;
}

/** The mistakes that are made most often, by whichever artifact makes them. */
function mistakes(known: readonly Shown[]): Html {
  const counts = new Map<string, number[]>();
  known.forEach(({ artifact }, i) => {
    for (const [label, answer, count] of artifact.confusion!) {
      if (label === answer) continue;
      const key = `${label} ${answer}`;
      const row = counts.get(key) ?? known.map(() => 0);
      row[i] = count;
      counts.set(key, row);
    }
  });
  const rows = [...counts]
    .sort(([, a], [, b]) => Math.max(...b) - Math.max(...a))
    .slice(0, mistakesShown)
    .map(([key, row]): Content[] => [...key.split(' '), ...row]);
  if (rows.length === 0) return html`<p>No sample was taken for another class.</p>`;
  const title = 'The most frequent mistakes';
  return html`<details>
    <summary>${title}</summary>
    ${dataTable(
      title,
      [
        { head: 'label' },
        { head: 'answer' },
        ...known.map(({ mark, name }) => ({ head: `${mark} ${name}`, numeric: true })),
      ],
      rows,
    )}
  </details>`;
}
