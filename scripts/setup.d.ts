/** Types of setup.js, for the tests that build. */
export function ensureInstalled(): void;
export function ensureBuilt(options?: { acceptErrors?: boolean }): boolean;
