import { defineConfig } from 'vitest/config';

// Tests that take too long for every run: `npm run test:documents`.
export default defineConfig({
  test: { include: ['test/**/*.long.ts'], testTimeout: 60_000, hookTimeout: 120_000 },
});
