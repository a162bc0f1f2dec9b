/**
 * Reproducible random numbers: xoshiro128** by Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c),
 * its state filled by the finalizer of MurmurHash3 over a Weyl sequence. The same seed gives the same numbers on every machine and in every version;
 * splits of datasets depend on it, so the generator must not change.
 */

/** A generator of uniform numbers in [0, 1) with 32 random bits each. The seed is taken as an unsigned 32-bit integer. */
export function seededRandom(seed: number): () => number {
  let mixer = seed >>> 0;
  const nextWord = (): number => {
    mixer = (mixer + 0x9e3779b9) >>> 0;
    let z = mixer;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = nextWord();
  let b = nextWord();
  let c = nextWord();
  let d = nextWord();
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / 0x1_0000_0000;
  };
}

function rotateLeft(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** The integers 0 to n-1 in random order (Fisher and Yates, from the end). */
export function shuffled(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, index) => index);
  for (let last = n - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = order[last]!;
    order[last] = order[other]!;
    order[other] = moved;
  }
  return order;
}

/** One number from the standard normal distribution (Box and Muller; uses up two uniform numbers). */
export function normal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
