import { defineConfig } from 'vitest/config';

/** `npm run test:model`: for a real model, which `npm test` never asks. */
export default defineConfig({
  test: {
    include: ['test/model/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    // A model on one's own machine may take minutes for a turn.
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
  },
});
