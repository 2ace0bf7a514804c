import path from 'node:path';
import { expect, test } from 'vitest';
import { journal, workerProcess } from '../support/processes.js';
import { finished, testBed } from '../support/temporal.js';
import { threeSteps } from './programs/three-steps.js';

const PROGRAM = path.join(import.meta.dirname, 'programs/three-steps.ts');

test('after a worker is killed in the middle of step 2 of 3, a new one goes on with step 2 within 15 s', async () => {
  const bed = await testBed();
  const log = journal();
  const first = await workerProcess(PROGRAM, bed, log);
  const run = await bed.client.run(threeSteps, 1, { background: true });
  await log.wrote('two');
  await first.kill();
  const killed = Date.now();
  await workerProcess(PROGRAM, bed, log);

  const again = await log.wrote('two', 2);
  expect(again - killed).toBeLessThan(15_000);
  const { status, content } = await finished(run);
  expect({ status, content }).toEqual({ status: 'completed', content: 'first, second, third' });
  const calls = log.entries().filter(({ text }) => !text.startsWith('key'));
  expect(calls.map(({ text }) => text)).toEqual(['one', 'two', 'two', 'three']);
  const keys = log.entries().filter(({ text }) => text.startsWith('key'));
  expect(new Set(keys.map(({ text }) => text)).size).toBe(1);
});

test(
  'a step whose workers are killed six times still completes',
  { timeout: 150_000 },
  async () => {
    const bed = await testBed();
    const log = journal();
    const run = await bed.client.run(threeSteps, 6, { background: true });
    for (let time = 1; time <= 6; time++) {
      const worker = await workerProcess(PROGRAM, bed, log);
      await log.wrote('two', time);
      await worker.kill();
    }
    await workerProcess(PROGRAM, bed, log);
    const { status, content } = await finished(run);
    expect({ status, content }).toEqual({ status: 'completed', content: 'first, second, third' });
    expect(log.entries().filter(({ text }) => text === 'one')).toHaveLength(1);
  },
);
