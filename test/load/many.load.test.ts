import { expect, test } from 'vitest';
import { Parallel, Step, Workflow } from '../../src/index.js';
import { finished, testBed } from '../support/temporal.js';

test('of 1,000 runs started at once on one worker each completes once', async () => {
  const { client, worker } = await testBed();
  const calls = new Map<string, number>();
  const workflow = new Workflow({
    name: 'One of many',
    steps: [
      new Step({ name: 'Double', executor: (input) => 2 * Number(input.input) }),
      new Step({
        name: 'Count',
        executor: (input, { runId }) => {
          calls.set(runId, (calls.get(runId) ?? 0) + 1);
          return input.previousStepContent;
        },
      }),
    ],
  });
  await worker([workflow]);
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  const runs = await Promise.all(
    numbers.map((number) => client.run(workflow, number, { background: true })),
  );
  const ends = await Promise.all(runs.map((run) => run.wait()));
  expect(ends.map(({ status, content }) => [status, content])).toEqual(
    numbers.map((number) => ['completed', 2 * number]),
  );
  expect(calls.size).toBe(1_000);
  expect([...calls.values()].filter((count) => count !== 1)).toEqual([]);
});

test('a Parallel of 2,500 branches completes, with at most 500 calls under way', async () => {
  const { client, worker } = await testBed();
  let underWay = 0;
  let most = 0;
  const names = Array.from({ length: 2_500 }, (_, index) => `branch ${String(index)}`);
  const branches = names.map(
    (name, index) =>
      new Step({
        name,
        executor: async () => {
          underWay += 1;
          most = Math.max(most, underWay);
          await new Promise((resolve) => setTimeout(resolve, 1));
          underWay -= 1;
          return index;
        },
      }),
  );
  const workflow = new Workflow({
    name: 'Wide',
    steps: [
      new Parallel({ name: 'Branches', steps: branches }),
      new Step({
        name: 'Sum',
        executor: (input) =>
          Object.values(input.getStepContent('Branches') as Record<string, number>).reduce(
            (sum, each) => sum + each,
            0,
          ),
      }),
    ],
  });
  await worker([workflow], { concurrency: 1_000 });
  const run = await finished(await client.run(workflow, null, { background: true }), 200_000);
  expect(run.content).toBe((2_500 * 2_499) / 2);
  expect(most).toBeLessThanOrEqual(500);
  expect(run.stepResults[0]?.steps.map(({ name }) => name)).toEqual(names);
});
