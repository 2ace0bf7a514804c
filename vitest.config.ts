import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that need a Temporal server. */
const SERVER = '{client,examples,failure,local,size,testing,worker,workflows}';
const FAILURE = 'test/failure/**/*.test.ts';
const LOAD = 'test/**/*.load.test.ts';
const GLOBAL_SETUP = 'test/support/global-setup.ts';

/**
 * The groups run one after the other: what measures time or kills processes is not to share two cores
 * with compilers and linters.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...configDefaults.exclude,
            `test/${SERVER}/**`,
            'test/{package,model}/**',
            LOAD,
          ],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/**/*.test-d.ts'],
            tsconfig: 'tsconfig.json',
          },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'temporal',
          include: [`test/${SERVER}/**/*.test.ts`],
          exclude: [...configDefaults.exclude, FAILURE, LOAD],
          globalSetup: GLOBAL_SETUP,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'failure',
          include: [FAILURE],
          globalSetup: GLOBAL_SETUP,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They wait more than they work: for what is gone to be missed.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'load',
          include: [LOAD],
          globalSetup: GLOBAL_SETUP,
          testTimeout: 300_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
