/** What one file may unpack to. Beyond it the data is refused rather than the machine brought down. */
export const largestUnpackedBytes = 4 * 2 ** 30 - 4096;

/** A member this large that shrank more than `suspiciousRatio` times is taken for a decompression bomb. */
export const suspiciousBytes = 256 * 2 ** 20;
export const suspiciousRatio = 500;

/** Decoded pictures that are kept, so that a second visit need not decode again. */
export const pixelCacheBytes = 16 * 2 ** 20;

/** A dataset description is a page, not a book. */
export const largestDescriptionBytes = 2 ** 20;
