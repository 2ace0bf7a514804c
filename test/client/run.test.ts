import { describe, expect, test } from 'vitest';
import { Parallel, Step, StepOutput, Workflow } from '../../src/index.js';
import { testBed } from '../support/temporal.js';

describe('a run in the background', () => {
  test('is there at once, and is found by its id', async () => {
    const { client, worker } = await testBed();
    const workflow = new Workflow({ name: 'Shout', steps: [({ input }) => `${String(input)}!`] });
    await worker([workflow]);
    const run = await workflow.run('hello', { background: true, client });
    expect(run.status).toBe('pending');
    const found = await workflow.getRun(run.runId, { client });
    expect(found?.runId).toBe(run.runId);
    const finished = await run.wait();
    expect(finished.content).toBe('hello!');
  });
});
