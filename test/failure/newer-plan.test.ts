import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { Workflow } from '../../src/index.js';
import { compile } from '../../src/definition/compile.js';
import type { PlanAnswer } from '../../src/plan/contract.js';
import { bundlePath } from '../../src/worker/bundle-path.js';
import { testBed, type TestBed } from '../support/temporal.js';

const workflow = new Workflow({ name: 'Newer', steps: [() => 'done'] });
const { plan } = compile(workflow);

/** A worker of this version that is given plans as a newer one makes them. */
async function workerGiven({ address, taskQueue }: TestBed, answer: unknown): Promise<Worker> {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: bundlePath() },
    activities: { 'outlast.resolvePlan': () => answer as PlanAnswer, 'Newer/Step': () => ({}) },
  });
  const running = worker.run();
  onTestFinished(async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await connection.close();
  });
  return worker;
}

test.each([
  ['with a node', { ...plan, steps: [...plan.steps, { kind: 'future', ref: 'F', name: 'F' }] }],
  ['of a walk', { ...plan, walk: plan.walk + 1 }],
])('a run whose plan is %s that its workers do not know waits, and says why', async (_, newer) => {
  const bed = await testBed();
  await workerGiven(bed, { plan: newer });
  const run = await bed.client.run(workflow, null, { background: true });
  await expect
    .poll(async () => (await run.refresh()).health, { timeout: 30_000, interval: 200 })
    .toMatchObject({
      state: 'stalled',
      message: expect.stringMatching(/can't walk a (node of the kind 'future'|plan of version 2):/),
    });
  const { status, stepResults } = await run.refresh();
  expect(status).toBe('running');
  expect(stepResults.map(({ name }) => name)).toEqual(newer.walk === plan.walk ? ['Step'] : []);
  await run.cancel({ force: true });
});
