import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Workflow } from '../../src/index.js';
import { sessionWorkflowId, type SessionSignal } from '../../src/plan/session.js';
import { tellSession } from '../../src/client/session-store.js';
import { sharedBed, testBed, type TestBed } from '../support/temporal.js';

const show = new Workflow({
  name: 'Show state',
  sessionState: { own: true },
  steps: [(_, { sessionState }) => sessionState],
});

/** A session is listed a moment after it is there. */
async function listed({ client }: TestBed, sessionId: string) {
  for (;;) {
    const sessions = await client.listSessions({ limit: 1_000 });
    const found = sessions.find((session) => session.sessionId === sessionId);
    if (found !== undefined && found.name !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a session is read and changed while no worker runs, and is as it was told to be', async () => {
  const { client } = await testBed();
  const sessionId = randomUUID();
  expect(await client.getSession(sessionId)).toBeNull();
  const before = new Date();
  expect(await client.updateSessionState(sessionId, { a: { x: 1 }, b: 1 })).toEqual({
    a: { x: 1 },
    b: 1,
  });
  expect(await client.updateSessionState(sessionId, { a: { y: 2 } })).toEqual({
    a: { y: 2 },
    b: 1,
  });
  await client.renameSession(sessionId, 'Holidays');
  const session = await client.getSession(sessionId);
  expect(session).toEqual({
    sessionId,
    name: 'Holidays',
    state: { a: { y: 2 }, b: 1 },
    runs: [],
    metrics: null,
    createdAt: expect.any(Date) as Date,
    updatedAt: expect.any(Date) as Date,
  });
  expect(session?.createdAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(session?.updatedAt.getTime()).toBeGreaterThanOrEqual(session?.createdAt.getTime() ?? 0);
  expect(await client.updateSessionState(sessionId, { c: 1 }, { replace: true })).toEqual({ c: 1 });
});

test('a run begins with the state that a session was given, and is given up with it', async () => {
  const bed = await testBed();
  const { client } = bed;
  await bed.worker([show]);
  const sessionId = randomUUID();
  await show.updateSessionState(sessionId, { given: 1 }, { client });
  expect((await client.run(show, null, { sessionId })).content).toEqual({ given: 1 });
  await show.renameSession(sessionId, 'Named', { client });
  expect(await listed(bed, sessionId)).toEqual({
    sessionId,
    name: 'Named',
    updatedAt: (await show.getSession(sessionId, { client }))?.updatedAt,
  });
  expect((await client.listRuns({ workflow: show })).length).toBeGreaterThan(0);
  const runs = await client.listRuns({ limit: 1_000 });
  expect(runs.filter(({ runId }) => runId.startsWith('outlast-'))).toEqual([]);

  expect(await show.deleteSession(sessionId, { client })).toBe(true);
  expect(await client.getSession(sessionId)).toBeNull();
  expect(await client.deleteSession(sessionId)).toBe(false);
  expect((await client.run(show, null, { sessionId })).content).toEqual({ own: true });
  expect((await client.getSession(sessionId))?.runs).toHaveLength(1);
});

test('a session begins anew before its history is long, and loses nothing that arrives meanwhile', async () => {
  const bed = await testBed();
  const { client, taskQueue } = bed;
  await bed.worker([show]);
  const sessionId = randomUUID();
  await client.updateSessionState(sessionId, {});
  await client.renameSession(sessionId, 'Long');
  const temporal = client.server.client;
  const first = (await temporal.workflow.getHandle(sessionWorkflowId(sessionId) ?? '').describe())
    .runId;
  const tell = (key: string): Promise<void> => {
    const signal: SessionSignal = {
      kind: 'update',
      at: new Date().toISOString(),
      state: { [key]: true },
    };
    return tellSession(client.server, sessionId, taskQueue, signal);
  };
  const keys = Array.from({ length: 600 }, (_, index) => `key ${String(index)}`);
  const told = new Set<string>();
  const looking = (async () => {
    while (told.size < keys.length) {
      const before = [...told];
      const { state = {} } = (await client.getSession(sessionId)) ?? {};
      expect(before.filter((key) => !(key in state))).toEqual([]);
    }
  })();
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(
      keys.slice(at, at + 50).map(async (key) => {
        await tell(key);
        told.add(key);
      }),
    );
  }
  await looking;
  const session = await client.getSession(sessionId);
  expect(Object.keys(session?.state ?? {})).toHaveLength(600);
  expect(session?.name).toBe('Long');
  const handle = temporal.workflow.getHandle(sessionWorkflowId(sessionId) ?? '');
  // Its worker may be behind: what was told is read from the history.
  await expect
    .poll(async () => (await handle.describe()).runId, { timeout: 20_000 })
    .not.toBe(first);
  const { historyLength } = await handle.describe();
  expect(historyLength).toBeLessThan(2_000);
  expect((await listed(bed, sessionId)).name).toBe('Long');
  await client.deleteSession(sessionId);
  expect(await client.getSession(sessionId)).toBeNull();
});

test('a session outlives a request to end, and signals that nobody understands', async () => {
  const { client, worker } = await sharedBed();
  await worker([show]);
  const sessionId = randomUUID();
  await client.updateSessionState(sessionId, { kept: 1 });
  const handle = client.server.client.workflow.getHandle(sessionWorkflowId(sessionId) ?? '');
  await handle.signal('outlast.session', null);
  await handle.signal('outlast.session', { kind: 'enqueue' });
  await handle.signal('outlast.session', { kind: 'store' });
  await handle.cancel();
  await client.renameSession(sessionId, 'Still there');
  expect(await client.getSession(sessionId)).toMatchObject({
    name: 'Still there',
    state: { kept: 1 },
  });
  const { status } = await handle.describe();
  expect(status.name).toBe('RUNNING');
});

test('a session is no run', async () => {
  const { client } = await testBed();
  const sessionId = randomUUID();
  await client.updateSessionState(sessionId, {});
  const runId = sessionWorkflowId(sessionId) ?? '';
  expect(await client.getRun(runId)).toBeNull();
  await expect(client.cancelRun(runId, { force: true })).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
  });
});

test('what is given wrong is refused, with place, option and rule', async () => {
  const { client } = await testBed();
  const long = 'x'.repeat(2_000);
  const wrong: [() => Promise<unknown>, RegExp][] = [
    [() => client.getSession(''), /^getSession: `sessionId` must be a string that is not empty/],
    [() => client.getSession(long), /not longer than/],
    [() => client.run('w', null, { sessionId: long }), /w: run: `sessionId` must be .* not longer/],
    [() => client.updateSessionState('s', [] as never), /`state` must be an object/],
    [() => client.updateSessionState('s', { at: new Date() } as never), /`state.at` must be JSON/],
    [
      () => client.updateSessionState('s', { big: 'x'.repeat(300_000) }),
      /updateSessionState: `state` must leave a session state of at most 262144 bytes/,
    ],
    [() => client.renameSession('s', ''), /`name` must be a string that is not empty/],
    [() => client.listSessions({ limit: 0 }), /listSessions: `limit` must be an integer from 1/],
  ];
  for (const [call, message] of wrong) await expect(call()).rejects.toThrow(message);
  await expect(client.renameSession(randomUUID(), 'x')).rejects.toMatchObject({
    code: 'SESSION_NOT_FOUND',
  });
});
