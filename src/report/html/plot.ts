import { html, nothing, type Content, type Html } from './html.js';
import type { Scale } from './scale.js';

/**
 * Plots share one width in their own units, so that they stay readable on a phone (where 440 units are about 340
 * pixels) and on a desk alike.
 */
export const width = 440;
export const left = 52;
export const right = width - 14;

export interface Plot {
  /** Names the plot in the page's code. */
  readonly id: string;
  readonly title: string;
  /** What the plot shows, for those who cannot see it; the numbers are in the table behind it. */
  readonly description: string;
  readonly height: number;
  readonly drawing: Content;
  /** The numbers that are drawn. */
  readonly table: Html;
  readonly note?: string;
}

/** A figure: the drawing, and the same numbers as a table that opens. */
export function figure({ id, title, description, height, drawing, table, note }: Plot): Html {
  return html`<figure id="${id}">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${`${title}: ${description}`}">
      ${drawing}
    </svg>
    ${note === undefined ? nothing : html`<p class="note">${note}</p>`}
    <details>
      <summary>Numbers of “${title}”</summary>
      ${table}
    </details>
  </figure>`;
}

export interface Column {
  readonly head: string;
  readonly numeric?: boolean;
}

/** A table that scrolls by itself where it is too wide, also by keyboard. The first cell of a row is its head. */
export function dataTable(label: string, columns: readonly Column[], rows: readonly Content[][]): Html {
  const kind = (index: number): string => (columns[index]?.numeric === true ? 'n' : 't');
  return html`<div class="scroll" role="group" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map(({ head }, i) => html`<th scope="col" class="${kind(i)}">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([head, ...cells]) =>
            html`<tr>
              <th scope="row" class="${kind(0)}">${head ?? ''}</th>
              ${cells.map((cell, i) => html`<td class="${kind(i + 1)}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** An axis along the bottom at `y`, with its lines up to `top`. */
export function axisBelow(
  scale: Scale,
  y: number,
  top: number,
  label: string,
  format: (value: number) => string,
): Html {
  return html`<g class="axis"
    >${spaced(scale, 34).map((tick) => {
      const x = round(scale.at(tick));
      return html`<line x1="${x}" x2="${x}" y1="${top}" y2="${y}" /><text
          x="${x}"
          y="${y + 16}"
          text-anchor="middle"
          >${format(tick)}</text
        >`;
    })}<text class="label" x="${(left + right) / 2}" y="${y + 34}" text-anchor="middle">${label}</text></g
  >`;
}

/** An axis at the left, with its lines across the plot; its label stands above. */
export function axisLeft(scale: Scale, label: string, format: (value: number) => string): Html {
  return html`<g class="axis"
    >${scale.ticks.map((tick) => {
      const y = round(scale.at(tick));
      return html`<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" /><text
          x="${left - 6}"
          y="${y + 4}"
          text-anchor="end"
          >${format(tick)}</text
        >`;
    })}<text class="label" x="4" y="12">${label}</text></g
  >`;
}

/** Ticks at least so far apart that their texts do not touch. */
function spaced({ ticks, at }: Scale, least: number): number[] {
  const kept: number[] = [];
  for (const tick of ticks) {
    const before = kept.at(-1);
    if (before === undefined || Math.abs(at(tick) - at(before)) >= least) kept.push(tick);
  }
  return kept;
}

/** Two digits are enough for a place in a drawing. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A tick as short as it can be written. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
