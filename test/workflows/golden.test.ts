import { describe, expect, test } from 'vitest';
import { InputError, Workflow, type Run } from '../../src/index.js';
import { checkGolden, coveredCases, type GoldenHost } from '../support/golden.js';
import { finished, testBed } from '../support/temporal.js';

/** Sessions, which carry state from run to run, and events come later. */
const onServer = coveredCases.filter(
  ({ runs }) =>
    runs.length < 2 &&
    runs.every(({ input }) => !('cancel_on_event' in input) && !('cancel_after_ms' in input)),
);

test('most of the cases are covered on the server too', () => {
  expect(onServer.length).toBeGreaterThan(70);
});

describe('on the server', () => {
  test.each(onServer)('$name: $description', async (golden) => {
    const bed = await testBed();
    const host: GoldenHost = {
      define: (options) => new Workflow(options),
      async run({ workflow, input, ...options }) {
        await bed.worker([workflow]);
        try {
          const started = await bed.client.run(workflow, (input ?? undefined) as never, {
            ...options,
            background: true,
          });
          const run = await finished(started as Run);
          const { runId, status, content, error, stepResults } = run;
          return {
            ...{ runId, status, content, stepResults },
            error: error === null ? null : error.message,
            sessionState: null,
            events: null,
          };
        } catch (error) {
          if (error instanceof InputError) return 'rejected';
          throw error;
        }
      },
    };
    await checkGolden(golden, host);
  });
});
