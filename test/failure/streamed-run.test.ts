import path from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import type { RunEvent } from '../../src/index.js';
import { journal, workerProcess } from '../support/processes.js';
import { lines, read } from '../support/stream.js';
import { testBed } from '../support/temporal.js';
import { threeSteps } from './programs/three-steps.js';

const PROGRAM = path.join(import.meta.dirname, 'programs/three-steps.ts');

test('a worker that is killed leaves no gap in the events and no repetition, nor does a client that comes back', async () => {
  const bed = await testBed();
  const log = journal();
  const first = await workerProcess(PROGRAM, bed, log);
  const { address, taskQueue } = bed;
  const client = await connect({ address, taskQueue });
  const stream = threeSteps.run(1, { stream: true, client });
  const staying = read(bed.client.streamRun(await stream.runId));
  const before: RunEvent[] = [];
  for await (const event of stream) {
    before.push(event);
    if (event.event === 'StepStarted' && event.stepName === 'two') break;
  }
  await client.close();
  await log.wrote('two');
  await first.kill();

  await workerProcess(PROGRAM, bed, log);
  await using again = await connect({ address });
  const after = await read(again.streamRun(await stream.runId, { from: before.length }));
  expect(lines([...before, ...after])).toEqual([
    'WorkflowStarted',
    ...['StepStarted one', 'StepCompleted one'],
    ...['StepStarted two', 'StepCompleted two'],
    ...['StepStarted three', 'StepCompleted three'],
    'WorkflowCompleted',
  ]);
  expect(await staying).toEqual([...before, ...after]);
});
