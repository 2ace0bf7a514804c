import { expect, test } from 'vitest';
import { Workflow } from '../../src/index.js';
import { finished, testBed } from '../support/temporal.js';

test('a run whose workflow no worker had for more than a minute goes on when one has it', async () => {
  const { client, worker } = await testBed();
  const workflow = new Workflow({ name: 'Late', steps: [() => 'done'] });
  const other = await worker([new Workflow({ name: 'Other', steps: [() => 'other'] })]);
  const run = await client.run(workflow, null, { background: true });
  await new Promise((resolve) => setTimeout(resolve, 65_000));
  expect((await run.refresh()).health).toMatchObject({ code: 'WORKFLOW_NOT_ON_WORKER' });
  await other.close();
  await worker([workflow]);
  expect((await finished(run, 30_000)).content).toBe('done');
}, 120_000);
