import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Two cores: more workers would only take turns, and sessions of the runtime are not small.
    maxWorkers: 2,
  },
});
