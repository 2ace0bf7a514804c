import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Step, Workflow } from '../../src/index.js';
import { held } from '../support/held.js';
import { finished, testBed } from '../support/temporal.js';

/** Side by side, and one after the other, which takes longer. A tenth of it is part of the tests of sessions. */
const RUNS = { overlap: 200, queue: 60 };

const change = new Step({
  name: 'Change',
  executor: ({ input }, { sessionState }) => {
    sessionState[`key ${String(input)}`] = input;
    sessionState['list'] = [...((sessionState['list'] ?? []) as number[]), Number(input)];
    sessionState['counter'] = Number(sessionState['counter'] ?? 0) + 1;
    return input;
  },
});

test.each(['overlap', 'queue'] as const)(
  'of many runs of one session at once nothing is lost, where they %s',
  async (sessionConcurrency) => {
    const runs = RUNS[sessionConcurrency];
    const { client, worker } = await testBed();
    const workflow = new Workflow({ name: 'Crowd', sessionConcurrency, steps: [change] });
    await worker([workflow]);
    const sessionId = randomUUID();
    const numbers = Array.from({ length: runs }, (_, index) => index);
    const before = Date.now();
    await Promise.all(numbers.map((number) => client.run(workflow, number, { sessionId })));
    console.info(`${String(runs)} runs, ${sessionConcurrency}: ${String(Date.now() - before)} ms`);
    const session = await client.getSession(sessionId);
    const { list, counter, ...keys } = session?.state ?? {};
    const sorted = (values: unknown[]): unknown[] => values.sort((a, b) => Number(a) - Number(b));
    expect(sorted((session?.runs ?? []).map(({ content }) => content))).toEqual(numbers);
    expect(Object.keys(keys)).toHaveLength(runs);
    expect(sorted(list as unknown[])).toEqual(numbers);
    if (sessionConcurrency === 'queue') expect(counter).toBe(runs);
  },
);

test('runs that wait for their turn in a session that is deleted ask again', async () => {
  const { client, worker } = await testBed();
  const { workflow, begun } = held('Queue delete', { sessionConcurrency: 'queue' });
  await worker([workflow]);
  const session = { sessionId: randomUUID() };
  const start = (input: string) => client.run(workflow, input, { ...session, background: true });
  const a = await start('a');
  const { go } = await begun('a');
  const b = await start('b');
  // It is there as soon as a run waits in it.
  while ((await b.refresh()).status !== 'running')
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await client.deleteSession(session.sessionId)).toBe(true);
  go();
  await finished(a);
  (await begun('b')).go();
  expect((await finished(b)).content).toEqual(['a', 'b']);
});
