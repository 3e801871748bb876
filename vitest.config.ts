import { defineConfig } from 'vitest/config';

/** Tests of time itself: another test beside them would take the time that they measure. */
const ALONE = ['test/integration/modbus/faults.test.ts', 'test/integration/gateway/simulated-day.test.ts'];

const timeouts = { testTimeout: 30_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-once.ts'],
    projects: [
      {
        test: {
          ...timeouts,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          // Two workers: integration tests start brokers and serial pairs, and the machines it runs on are small.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...timeouts, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
