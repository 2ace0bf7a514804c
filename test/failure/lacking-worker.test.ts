import { expect, test } from 'vitest';
import { Step, Workflow, type Run, type RunHealth } from '../../src/index.js';
import { finished, testBed } from '../support/temporal.js';

/** Looks until the run's health is in that state. */
async function healthOf(run: Run, state: RunHealth['state']): Promise<RunHealth> {
  for (;;) {
    const { health } = await run.refresh();
    if (health.state === state) return health;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('without a worker a run is pending, says that nobody serves its queue, and runs when one comes', async () => {
  const { client, worker, taskQueue } = await testBed();
  const workflow = new Workflow({ name: 'Patient', steps: [() => 'done'] });
  const run = await client.run(workflow, null, { background: true });
  const health = await healthOf(run, 'unserved');
  expect(health).toMatchObject({ taskQueue, message: expect.stringContaining(taskQueue) });
  expect((await run.refresh()).status).toBe('pending');
  await worker([workflow]);
  expect((await finished(run)).content).toBe('done');
});

test('that nobody serves the queue of a run which is a step is told of the run around it', async () => {
  const { client, worker } = await testBed();
  const theirs = await testBed();
  const { taskQueue } = theirs;
  const inner = new Workflow({ name: 'Inner', steps: [() => 'done'], taskQueue });
  const outer = new Workflow({ name: 'Outer', steps: [inner] });
  await worker([outer]);
  const run = await client.run(outer, null, { background: true });
  const health = await healthOf(run, 'unserved');
  const [active] = (await run.refresh()).activeSteps;
  expect(health).toMatchObject({
    taskQueue,
    message: expect.stringContaining(`'${active!.runId!}'`),
  });
  await theirs.worker([inner]);
  expect((await finished(run)).content).toBe('done');
});

test('a worker without the workflow lets the run wait, says what is missing, and one that has it lets it go on', async () => {
  const { client, worker } = await testBed();
  const workflow = new Workflow({ name: 'Wanted', steps: [() => 'done'] });
  const other = new Workflow({ name: 'Other', steps: [() => 'other'] });
  const without = await worker([other]);
  const run = await client.run(workflow, null, { background: true });
  const health = await healthOf(run, 'retrying');
  expect(health).toMatchObject({
    code: 'WORKFLOW_NOT_ON_WORKER',
    step: null,
    message: expect.stringContaining("doesn't have the workflow 'Wanted'"),
  });
  await without.close();
  await worker([workflow]);
  expect((await finished(run)).content).toBe('done');
});

test('a worker without a step lets the run wait, says which, and one that has it lets it go on', async () => {
  const { client, worker } = await testBed();
  const first = new Step({ name: 'First', executor: () => 'first' });
  const whole = new Workflow({
    name: 'Growing',
    steps: [first, new Step({ name: 'Second', executor: () => 'second', taskQueue: 'elsewhere' })],
  });
  const { taskQueue } = await testBed();
  const planned = new Workflow({
    name: 'Growing',
    steps: [first, new Step({ name: 'Second', executor: () => 'second', taskQueue })],
  });
  await worker([planned]);
  // A worker of the step's queue that has another step on it.
  const elsewhere = new Workflow({
    name: 'Growing',
    steps: [first, new Step({ name: 'Renamed', executor: () => 'no', taskQueue })],
  });
  const without = await worker([elsewhere], { taskQueue });
  const run = await client.run(whole, null, { background: true });
  const health = await healthOf(run, 'retrying');
  expect(health).toMatchObject({
    code: 'STEP_NOT_ON_WORKER',
    step: 'Second',
    message: expect.stringContaining("doesn't have the step 'Growing/Second'"),
  });
  await without.close();
  await worker([planned], { taskQueue });
  expect((await finished(run)).content).toBe('second');
});

test('attempts of workers that lack a step cost none of its retries', async () => {
  const { client, worker } = await testBed();
  const { taskQueue } = await testBed();
  let attempts = 0;
  const flaky = new Step({
    name: 'Flaky',
    taskQueue,
    maxRetries: 1,
    retry: { initialInterval: 1 },
    executor: () => {
      attempts += 1;
      if (attempts === 1) throw new Error('once');
      return 'done';
    },
  });
  const workflow = new Workflow({ name: 'Flaky', steps: [flaky] });
  const other = new Workflow({
    name: 'Flaky',
    steps: [new Step({ name: 'Else', executor: () => 1, taskQueue })],
  });
  await worker([workflow]);
  const without = await worker([other], { taskQueue });
  const run = await client.run(workflow, null, { background: true });
  await healthOf(run, 'retrying');
  await without.close();
  await worker([workflow], { taskQueue });
  expect((await finished(run)).content).toBe('done');
  expect(attempts).toBe(2);
});
