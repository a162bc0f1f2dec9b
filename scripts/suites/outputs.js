/** As the standard's own test runner allows, with room for numbers near 0. */
const relative = 1e-3;
const absolute = 1e-5;

/**
 * How two tensors differ, or undefined when they agree: floats within the tolerance (equal NaN, equal infinities), all else exactly.
 * @param {any} wanted
 * @param {any} found
 * @param {{ exact?: boolean }} [options]
 * @returns {string | undefined}
 */
export function differenceOf(wanted, found, options = {}) {
  if (wanted.dtype !== found.dtype) return `${found.dtype} in place of ${wanted.dtype}`;
  if (wanted.dims.join() !== found.dims.join())
    return `dims [${found.dims.join()}] in place of [${wanted.dims.join()}]`;
  if (wanted.dtype === 'string') {
    const decoder = new TextDecoder();
    const same = wanted.strings.every(
      (/** @type {Uint8Array} */ text, /** @type {number} */ i) =>
        decoder.decode(text) === decoder.decode(found.strings[i]),
    );
    return same ? undefined : 'other strings';
  }
  if (Buffer.compare(wanted.bytes(), found.bytes()) === 0) return undefined;
  if (options.exact === true || !wanted.dtype.startsWith('float')) return 'other values';
  const [a, b] = [wanted.toNumbers(), found.toNumbers()];
  for (let i = 0; i < a.length; i += 1) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    // Of an infinity any share is an infinity, which would allow everything.
    const isNear = Number.isFinite(a[i]) && Math.abs(a[i] - b[i]) <= absolute + relative * Math.abs(a[i]);
    if (!isNear) return `element ${i} is ${b[i]} in place of ${a[i]}`;
  }
  return undefined;
}
