import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Agent, Step, Workflow } from '../../src/index.js';
import type { JsonObject } from '../../src/plan/json.js';
import { scriptedModel } from '../../src/testing/index.js';
import { testBed } from '../support/temporal.js';

const count = new Workflow({
  name: 'Count',
  sessionState: { n: 0, kept: true },
  steps: [
    new Step({
      name: 'Add',
      maxRetries: 0,
      executor: ({ input }, { sessionState }) => {
        sessionState['n'] = Number(sessionState['n']) + 1;
        if (input === 'fail') throw new Error('asked to');
        return sessionState['n'];
      },
    }),
  ],
});

function named(): { readonly sessionId: string } {
  return { sessionId: `a session/%\n${randomUUID()}` };
}

test('two runs in sequence see each other, and the session knows both', async () => {
  const { client, worker } = await testBed();
  await worker([count]);
  const session = named();
  expect((await client.run(count, 'one', session)).content).toBe(1);
  expect((await client.run(count, 'two', session)).content).toBe(2);
  const found = await client.getSession(session.sessionId);
  expect(found).toMatchObject({
    ...session,
    name: null,
    state: { n: 2, kept: true },
    runs: [
      { input: 'one', content: 1, status: 'completed', isCut: false, isStateDropped: false },
      { input: 'two', content: 2, status: 'completed', isCut: false, isStateDropped: false },
    ],
  });
  const [one, two] = found?.runs ?? [];
  expect(one?.finishedAt.getTime()).toBeLessThanOrEqual(two?.createdAt.getTime() ?? 0);
});
