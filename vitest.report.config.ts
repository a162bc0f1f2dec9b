import { defineConfig } from 'vitest/config';

// Tests that drive a browser: `npm run test:report`.
export default defineConfig({
  test: { include: ['test/**/*.browser.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
