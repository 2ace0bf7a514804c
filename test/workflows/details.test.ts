import { Client, Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { Agent, offline, Parallel, Step, Steps, Workflow } from '../../src/index.js';
import { finished, testBed } from '../support/temporal.js';

test("the Web UI is shown a run's plan with what is done, running, waiting and failed", async () => {
  const bed = await testBed();
  let letGo: () => void = () => undefined;
  const free = new Promise<void>((resolve) => (letGo = resolve));
  const fails = (): never => {
    throw new Error('boom');
  };
  const workflow = new Workflow({
    name: 'W',
    maxRetries: 0,
    steps: [
      new Step({ name: 'first_one', executor: () => 1 }),
      new Parallel({
        name: 'Both',
        steps: [
          new Step({ name: 'held', executor: () => free }),
          new Steps({ name: 'Group', steps: [new Step({ name: 'bad', executor: fails })] }),
        ],
      }),
      new Step({ name: 'Report', agent: new Agent({ name: 'Writer', model: offline() }) }),
    ],
  });
  await bed.worker([workflow]);
  const run = await bed.client.run(workflow, 'the input', { background: true });
  const details = await detailsOf(bed.address, run.runId);

  const text = [
    '- first\\_one: done',
    '- Both / held: **running**',
    '- Both / Group / bad: **failed**',
    '- Report (Writer): waiting',
  ].join('\n');
  await expect.poll(details.current, { timeout: 10_000 }).toBe(text);
  expect(await details.summary()).toBe('the input');

  letGo();
  expect((await finished(run)).status).toBe('failed');
  expect(await details.current()).toMatch(/^\*\*The run is failed\.\*\*\n\n- first/);
});

/** As the Web UI asks for them. */
async function detailsOf(
  address: string,
  runId: string,
): Promise<{ current: () => Promise<string>; summary: () => Promise<string | undefined> }> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  const handle = new Client({ connection }).workflow.getHandle(runId);
  return {
    summary: async () => (await handle.describe()).staticSummary(),
    current: async () => {
      const metadata = await handle.query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      return metadata.currentDetails;
    },
  };
}
