import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Step, Workflow } from '../../src/index.js';
import { recordHistory } from '../../src/testing/index.js';
import { createWorker } from '../../src/worker/index.js';
import { journal, workerProcess } from '../support/processes.js';
import { finished, testBed } from '../support/temporal.js';
import { draining } from './programs/draining.js';

const PROGRAM = path.join(import.meta.dirname, 'programs/draining.ts');

describe('a worker that gets SIGTERM', () => {
  test('lets its steps end within the grace, and its process ends by itself', async () => {
    const bed = await testBed();
    const log = journal();
    const worker = await workerProcess(PROGRAM, bed, log, { shutdownGrace: 5_000 });
    const exit = once(worker.process, 'exit');
    const run = await bed.client.run(draining, 'short', { background: true });
    await log.wrote('attempt 1');
    worker.process.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await workerProcess(PROGRAM, bed, log);
    expect((await finished(run)).content).toBe('in its grace');
  });

  test('tells steps that take longer to stop; they begin again elsewhere, at no cost', async () => {
    const bed = await testBed();
    const log = journal();
    const worker = await workerProcess(PROGRAM, bed, log, { shutdownGrace: 500 });
    const exit = once(worker.process, 'exit');
    const run = await bed.client.run(draining, 'long', { background: true });
    await log.wrote('attempt 1');
    worker.process.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(log.entries().map(({ text }) => text)).toContain('told to stop');
    await workerProcess(PROGRAM, bed, log);
    expect((await finished(run)).content).toBe('by another worker');
  });
});

test('several workers share the work', async () => {
  const { client, worker } = await testBed();
  const by = [new Set<string>(), new Set<string>()];
  const workflow = (mine: Set<string>): Workflow =>
    new Workflow({
      name: 'Shared',
      steps: [
        new Step({
          name: 'work',
          executor: async (_, { runId }) => {
            mine.add(runId);
            await new Promise((resolve) => setTimeout(resolve, 100));
          },
        }),
      ],
    });
  await worker([workflow(by[0]!)], { concurrency: 2 });
  await worker([workflow(by[1]!)], { concurrency: 2 });
  const shared = workflow(new Set());
  const starts = Array.from({ length: 20 }, () => client.run(shared, null, { background: true }));
  const runs = await Promise.all((await Promise.all(starts)).map((run) => finished(run)));
  expect(runs.every(({ status }) => status === 'completed')).toBe(true);
  expect(by[0]!.size + by[1]!.size).toBe(20);
  expect(Math.min(by[0]!.size, by[1]!.size)).toBeGreaterThan(3);
});

test.each([0, 4])(
  'more runs at once than the cache of %i holds come through without a task that times out',
  async (maxCachedWorkflows) => {
    const { client, worker } = await testBed();
    const workflow = new Workflow({ name: 'Many', steps: [(input) => input.input] });
    await worker([workflow], { maxCachedWorkflows });
    const inputs = Array.from({ length: 40 }, (_, index) => index);
    const starts = inputs.map((input) => client.run(workflow, input, { background: true }));
    const runs = await Promise.all((await Promise.all(starts)).map((run) => finished(run)));
    expect(runs.map(({ content }) => content)).toEqual(inputs);
    const histories = await Promise.all(runs.map(({ runId }) => recordHistory(runId, { client })));
    expect(histories.join()).not.toContain('EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT');
  },
);

test('a step runs on the queue that it names, the rest of its workflow on its own', async () => {
  const bed = await testBed();
  const { taskQueue } = await testBed();
  const define = (place: string): Workflow =>
    new Workflow({
      name: 'Two queues',
      steps: [
        new Step({ name: 'here', executor: () => place }),
        new Step({
          name: 'there',
          taskQueue,
          executor: (i) => `${String(i.previousStepContent)}, ${place}`,
        }),
      ],
    });
  await bed.worker([define('own queue')]);
  await bed.worker([define("step's queue")], { taskQueue });
  const run = await bed.client.run(define('nowhere'), null, { background: true });
  expect((await finished(run)).content).toBe("own queue, step's queue");
});

describe('what createWorker is given is checked', () => {
  const workflow = new Workflow({ name: 'W', steps: [() => 1], taskQueue: 'theirs' });
  const same = new Workflow({ name: 'W', steps: [() => 2], taskQueue: 'theirs' });
  test.each([
    [{}, /createWorker: `workflows` must be a list of at least one workflow, got undefined/],
    [{ workflows: [] }, /`workflows` must be a list of at least one workflow, got an empty list/],
    [
      { workflows: [{ name: 'W' }] },
      /`workflows\[0\]` must be a Workflow, an Agent or a Team, got an object/,
    ],
    [{ workflows: [workflow], queue: 'x' }, /have no option `queue`: the options are workflows/],
    [{ workflows: [workflow] }, /`taskQueue` must be a queue .* \(W: 'theirs'\), got "outlast"/],
    [{ workflows: [workflow], taskQueue: 'theirs', concurrency: 0 }, /`concurrency` must be/],
    [{ workflows: [workflow], taskQueue: 'theirs', cancelGrace: 'x' }, /`cancelGrace` must be/],
    [{ workflows: [workflow], taskQueue: 'theirs', maxCachedWorkflows: -1 }, /`maxCachedW/],
    [{ workflows: [workflow, same], taskQueue: 'theirs' }, /W must be the name or alias of one/],
  ])('%o', async (options, message) => {
    await expect(createWorker(options as never)).rejects.toThrow(message);
  });
});
