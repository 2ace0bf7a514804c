import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  Parallel,
  Step,
  Workflow,
  type Json,
  type RunStream,
  type StepContext,
} from '../../src/index.js';
import { recordHistory } from '../../src/testing/index.js';
import { held } from '../support/held.js';
import { finished, sharedBed, type SharedBed } from '../support/temporal.js';

/** A session that no other test has. */
function named(): { readonly sessionId: string } {
  return { sessionId: `a session/%\n${randomUUID()}` };
}

const count = new Workflow({
  name: 'Count',
  sessionState: { n: 0, own: true },
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

/** What each run of it began with is its content. */
const show = new Workflow({
  name: 'Show',
  sessionState: { own: { a: 1 } },
  steps: [new Step({ name: 'Show', executor: (_, { sessionState }) => sessionState })],
});

test('two runs in sequence see each other, and the session knows both', async () => {
  const { client, worker } = await sharedBed();
  await worker([count]);
  const session = named();
  expect((await client.run(count, 'one', session)).content).toBe(1);
  expect((await client.run(count, 'two', session)).content).toBe(2);
  const found = await client.getSession(session.sessionId);
  expect(found).toMatchObject({
    ...session,
    name: null,
    state: { n: 2, own: true },
    runs: [
      { input: 'one', content: 1, status: 'completed', isCut: false, isStateDropped: false },
      { input: 'two', content: 2, status: 'completed', isCut: false, isStateDropped: false },
    ],
  });
  const [one, two] = found?.runs ?? [];
  expect(one?.finishedAt.getTime()).toBeLessThanOrEqual(two?.createdAt.getTime() ?? 0);
  expect(found?.updatedAt).toEqual(two?.finishedAt);
});

describe('a run begins', () => {
  test('with its workflow’s own state where the session is new, else with what is stored, its option laid over', async () => {
    const { client, worker } = await sharedBed();
    await worker([show]);
    const session = named();
    const begun = async (options: object = {}): Promise<unknown> =>
      (await client.run(show, null, { ...session, ...options })).content;
    expect(await begun({ sessionState: { own: { b: 2 } } })).toEqual({ own: { a: 1, b: 2 } });
    expect(await begun()).toEqual({ own: { a: 1, b: 2 } });
    expect(await begun({ sessionState: { own: { b: 3 }, more: [1] } })).toEqual({
      own: { a: 1, b: 3 },
      more: [1],
    });
    const overwrite = { sessionState: { only: 1 }, overwriteSessionState: true };
    expect(await begun(overwrite)).toEqual({ only: 1 });
    expect(await begun()).toEqual({ only: 1 });
    expect(await begun({ overwriteSessionState: true })).toEqual({});
  });

  test('without a session with its workflow’s own state alone', async () => {
    const { client, worker } = await sharedBed();
    await worker([show]);
    await client.run(show, null, { sessionState: { more: 1 } });
    expect((await client.run(show)).content).toEqual({ own: { a: 1 } });
    const over = { sessionState: { more: 1 }, overwriteSessionState: true };
    expect((await client.run(show, null, over)).content).toEqual({ more: 1 });
  });
});

test('a run without a session costs nothing for there being sessions', async () => {
  const { client, worker } = await sharedBed();
  await worker([count]);
  const { runId } = await client.run(count, 'alone');
  const history = await recordHistory(runId, { client });
  const payloads = [...history.matchAll(/"data": "([^"]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  );
  expect(payloads.join()).not.toMatch(
    /session(?!State)|history|outlast\.(?!resolvePlan|workflowId)/,
  );
  const { events } = JSON.parse(history) as { events: object[] };
  expect(events).toHaveLength(12);
});

describe('a run that does not complete stores what it changed:', () => {
  test('a failed one', async () => {
    const { client, worker } = await sharedBed();
    await worker([count]);
    const session = named();
    await client.run(count, 'one', session);
    const failed = await finished(
      await client.run(count, 'fail', { ...session, background: true }),
    );
    expect(failed.status).toBe('failed');
    // What failed attempts change leaves no trace.
    const found = await client.getSession(session.sessionId);
    expect(found?.state).toEqual({ n: 1, own: true });
    expect(found?.runs.map(({ status, content }) => [status, content])).toEqual([
      ['completed', 1],
      ['failed', null],
    ]);
  });

  test('a cancelled one', async () => {
    const { client, worker } = await sharedBed();
    const { workflow: slow, begun } = held('Slow');
    const workflow = new Workflow<Json>({
      name: 'Cancelled',
      steps: [
        (_: unknown, { sessionState }: StepContext) => (sessionState['first'] = 1),
        ...slow.steps,
      ] as never,
    });
    await worker([workflow]);
    const session = named();
    const run = await client.run(workflow, 'slow', { ...session, background: true });
    await begun('slow');
    await run.cancel();
    expect((await finished(run)).status).toBe('cancelled');
    const found = await client.getSession(session.sessionId);
    expect(found).toMatchObject({ state: { first: 1 }, runs: [{ status: 'cancelled' }] });
  });

  test('one whose input is refused', async () => {
    const { client, worker } = await sharedBed();
    const inputSchema = z.object({ a: z.string() });
    await worker([new Workflow({ name: 'Picky', inputSchema, steps: [() => 1] })]);
    const session = named();
    const run = await client.run('Picky', 5, { ...session, background: true });
    await finished(run);
    const found = await client.getSession(session.sessionId);
    expect(found).toMatchObject({ state: {}, runs: [{ status: 'failed', input: 5 }] });
  });
});

test('a run that leaves more than 256 KB of state fails, and changes nothing of it', async () => {
  const { client, worker } = await sharedBed();
  const workflow = new Workflow({
    name: 'Hoard',
    steps: [(input, { sessionState }) => (sessionState['all'] = 'x'.repeat(Number(input.input)))],
  });
  await worker([workflow]);
  const session = named();
  await client.run(workflow, 10, session);
  const run = await finished(await client.run(workflow, 300_000, { ...session, background: true }));
  expect(run.error).toMatchObject({ code: 'SESSION_STATE_TOO_LARGE', step: null });
  expect(run.error?.message).toMatch(/a session state of 300\d+ bytes, more than the 262144/);
  const found = await client.getSession(session.sessionId);
  expect(found).toMatchObject({
    state: { all: 'x'.repeat(10) },
    runs: [{ isStateDropped: false }, { status: 'failed', isStateDropped: true }],
  });
});

test('20 runs of a session at once, each with its own key, and a list: nothing is lost', async () => {
  const { client, worker } = await sharedBed();
  const workflow = new Workflow({
    name: 'Many',
    steps: [
      new Step({
        name: 'Change',
        executor: ({ input }, { sessionState }) => {
          sessionState[`key ${String(input)}`] = input;
          sessionState['list'] = [...((sessionState['list'] ?? []) as number[]), Number(input)];
          return input;
        },
      }),
    ],
  });
  await worker([workflow]);
  const session = named();
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  await Promise.all(numbers.map((number) => client.run(workflow, number, session)));
  const found = await client.getSession(session.sessionId);
  const { list, ...keys } = found?.state ?? {};
  expect(found?.runs.map(({ content }) => content as number).sort((a, b) => a - b)).toEqual(
    numbers,
  );
  expect(Object.keys(keys)).toHaveLength(20);
  expect((list as number[]).sort((a, b) => a - b)).toEqual(numbers);
});

describe('a session in which runs queue', () => {
  const QUEUE = { sessionConcurrency: 'queue' };

  async function started(
    { client }: SharedBed,
    workflow: Workflow,
    session: object,
    inputs: readonly string[],
  ) {
    const runs = [];
    for (const input of inputs)
      runs.push(await client.run(workflow, input, { ...session, background: true }));
    return runs;
  }

  test('has them one after the other, in the order of their start', async () => {
    const bed = await sharedBed();
    const { workflow, begun, open } = held('Queue', QUEUE);
    await bed.worker([workflow]);
    const runs = await started(bed, workflow, named(), ['a', 'b', 'c']);
    const ends = [];
    for (const [index, input] of ['a', 'b', 'c'].entries()) {
      const { go } = await begun(input);
      expect(open.size).toBe(index + 1);
      if (index < 2)
        await expect
          .poll(() => runs[2]?.refresh(), { timeout: 10_000 })
          .toMatchObject({ status: 'running', activeSteps: [] });
      go();
      ends.push((await finished(runs[index]!)).content);
    }
    expect(ends).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c']]);
  });

  test('tells who looks on of a run that waits for its turn', async () => {
    const bed = await sharedBed();
    const { workflow, begun } = held('Queue told', QUEUE);
    await bed.worker([workflow]);
    const [first, second, third] = await started(bed, workflow, named(), ['a', 'b', 'c']);
    const told = Promise.all(
      [second!, third!].map(({ runId }) => toldBy(bed.client.streamRun(runId))),
    );
    const { go } = await begun('a');
    await third!.cancel();
    expect((await third!.wait()).status).toBe('cancelled');
    go();
    (await begun('b')).go();
    await finished(first!);
    expect(await told).toEqual([
      ['WorkflowStarted', 'StepStarted', 'StepCompleted', 'WorkflowCompleted'],
      ['WorkflowStarted', 'WorkflowCancelled'],
    ]);
  });

  test('lets a run that waits be cancelled at once, and goes on without it', async () => {
    const bed = await sharedBed();
    const { workflow, begun, open } = held('Queue cancel', QUEUE);
    await bed.worker([workflow]);
    const session = named();
    const [a, b, c] = await started(bed, workflow, session, ['a', 'b', 'c']);
    const { go } = await begun('a');
    const before = Date.now();
    await b!.cancel();
    expect((await finished(b!)).status).toBe('cancelled');
    expect(Date.now() - before).toBeLessThan(2_000);
    go();
    await finished(a!);
    (await begun('c')).go();
    expect((await finished(c!)).content).toEqual(['a', 'c']);
    expect([...open.keys()]).toEqual(['a', 'c']);
    const found = await bed.client.getSession(session.sessionId);
    expect(found?.runs.map(({ status }) => status)).toEqual([
      'cancelled',
      'completed',
      'completed',
    ]);
  });

  test('passes the turn of a run that was ended by force on', async () => {
    const bed = await sharedBed();
    const { workflow, begun } = held('Queue force', QUEUE);
    await bed.worker([workflow]);
    const [a, b] = await started(bed, workflow, named(), ['a', 'b']);
    await begun('a');
    await a!.cancel({ force: true });
    (await begun('b')).go();
    expect((await finished(b!)).content).toEqual(['b']);
  });

  test('gives a counter that each run increases its full count', async () => {
    const { client, worker } = await sharedBed();
    const workflow = new Workflow({
      name: 'Queue count',
      sessionConcurrency: 'queue',
      sessionState: { n: 0 },
      steps: count.steps as never,
    });
    await worker([workflow]);
    const session = named();
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(numbers.map((number) => client.run(workflow, number, session)));
    const found = await client.getSession(session.sessionId);
    expect(found?.state).toEqual({ n: 20 });
    expect(found?.runs.map(({ content }) => content)).toEqual(numbers.map((n) => n + 1));
  });
});

test('a run of several branches stores what all of them changed', async () => {
  const { client, worker } = await sharedBed();
  const sets = (key: string): Step =>
    new Step({ name: key, executor: (_, { sessionState }) => (sessionState[key] = true) });
  const workflow = new Workflow({
    name: 'Branches',
    steps: [new Parallel({ steps: [sets('a'), sets('b')] })],
  });
  await worker([workflow]);
  const session = named();
  await client.run(workflow, null, session);
  expect((await client.getSession(session.sessionId))?.state).toEqual({ a: true, b: true });
});

test('a run that is a step of another has no session, and begins with its workflow’s own state', async () => {
  const { client, worker } = await sharedBed();
  const inner = new Workflow({
    name: 'Inner',
    sessionState: { own: true },
    steps: [
      (input, context) => {
        const { sessionId, sessionState } = context;
        const told = { sessionId, state: { ...sessionState }, before: input.getWorkflowHistory() };
        sessionState['inner'] = true;
        return told;
      },
    ],
  });
  const outer = new Workflow({ name: 'Outer', sessionState: { outer: true }, steps: [inner] });
  await worker([outer]);
  const session = named();
  for (const input of ['one', 'two']) {
    const { content } = await client.run(outer, input, session);
    expect(content).toEqual({ sessionId: null, state: { own: true }, before: [] });
  }
  const found = await client.getSession(session.sessionId);
  expect(found?.state).toEqual({ outer: true });
  expect(found?.runs).toHaveLength(2);
});

async function toldBy(stream: RunStream): Promise<string[]> {
  const names: string[] = [];
  for await (const { event } of stream) names.push(event);
  return names;
}
