// Runs in the page: what it needs must stand within each function.
/* global document, window */

/** For each figure how many marks it draws, which of them leave the drawing, and whether a number went wrong. */
export function plotsIn(figures) {
  return figures.map((figure) => {
    const svg = figure.querySelector('svg');
    const frame = svg.getBoundingClientRect();
    const outside = [...svg.querySelectorAll('.bubble, .shape, .line, .bar, text')].filter((mark) => {
      const box = mark.getBoundingClientRect();
      return (
        box.left < frame.left - 1 ||
        box.right > frame.right + 1 ||
        box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1
      );
    });
    return {
      id: figure.id,
      drawn: svg.querySelectorAll('.bubble, .shape, .line, .bar').length,
      outside: outside.map((mark) => mark.textContent),
      broken: /NaN|undefined|Infinity/.test(svg.outerHTML),
    };
  });
}

export function isFocused(element) {
  return element === document.activeElement;
}

export function setOpen(details, open) {
  for (const one of details) one.toggleAttribute('open', open);
}

/** How far the page is wider than the window. */
export function overflow() {
  return document.documentElement.scrollWidth - window.innerWidth;
}
