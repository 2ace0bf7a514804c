import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { expect, test } from 'vitest';
import { journal, workerProcess } from '../support/processes.js';
import { finished, testBed } from '../support/temporal.js';
import { counting, told } from './programs/session.js';

const PROGRAM = path.join(import.meta.dirname, 'programs/session.ts');

test('a run whose worker is killed between its last step and its end stores once', async () => {
  const bed = await testBed();
  const log = journal();
  const sessionId = randomUUID();
  const first = await workerProcess(PROGRAM, bed, log);
  const run = await bed.client.run(told, null, { sessionId, background: true });
  await log.wrote('over');
  expect(await bed.client.getSession(sessionId)).toBeNull();
  await first.kill();
  await workerProcess(PROGRAM, bed, log);
  expect((await finished(run)).content).toBe(1);
  expect(log.entries().map(({ text }) => text)).toEqual(['add', 'over', 'over']);
  const session = await bed.client.getSession(sessionId);
  expect(session).toMatchObject({ state: { n: 1 }, runs: [{ runId: run.runId, content: 1 }] });
});

test.each([5, 20, 40, 80])(
  'a worker that goes down %s ms after the last step leaves nothing undone, and nothing twice',
  async (after) => {
    const bed = await testBed();
    const log = journal();
    const sessionId = randomUUID();
    const doomed = await workerProcess(PROGRAM, bed, log);
    const run = await bed.client.run(counting, after, { sessionId, background: true });
    await new Promise((resolve) => doomed.process.once('exit', resolve));
    await workerProcess(PROGRAM, bed, log);
    expect((await finished(run)).content).toBe(1);
    const session = await bed.client.getSession(sessionId);
    expect(session?.state).toEqual({ n: 1 });
    expect(session?.runs.map(({ runId, content }) => [runId, content])).toEqual([[run.runId, 1]]);
  },
);
