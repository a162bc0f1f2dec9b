import type { PixelCache } from './bind-inputs.js';
import type { Pixels } from './pixels.js';

/**
 * Keeps pictures until `limit` bytes are full and then takes no more. Samples are visited round after round, for
 * which keeping the first ones serves every round, while dropping the oldest would serve none.
 */
export function pixelCache(limit: number): PixelCache {
  const kept = new Map<string, Pixels>();
  let bytes = 0;
  return {
    get: (key) => kept.get(key),
    set(key, picture) {
      if (bytes + picture.values.byteLength > limit) return;
      bytes += picture.values.byteLength;
      kept.set(key, picture);
    },
  };
}
