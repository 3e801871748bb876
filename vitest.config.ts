import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two workers: integration tests start brokers and serial pairs, and the machines it runs on are small.
    maxWorkers: 2,
  },
});
