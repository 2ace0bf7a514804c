import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  InputError,
  OptionError,
  Parallel,
  RunExistsError,
  RunFailedError,
  Step,
  Workflow,
} from '../../src/index.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';

const shout = new Workflow({
  name: 'Shout it',
  steps: [new Step({ name: 'shout', executor: ({ input }) => `${String(input)}!` })],
});

describe('a run in the background', () => {
  test('is there at once, before any worker has taken it', async () => {
    const { client } = await testBed();
    const before = Date.now();
    const run = await shout.run('hello', { background: true, sessionId: 's', client });
    expect(run).toMatchObject({
      runId: expect.stringMatching(/^shout-it-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{17}[0-9a-f]*$/),
      temporalRunId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      workflowId: 'shout-it',
      workflowName: 'Shout it',
      sessionId: 's',
      status: 'pending',
      content: null,
      error: null,
      stepResults: [],
    });
    expect(Math.abs(run.createdAt.getTime() - before)).toBeLessThan(5_000);
    expect(run.url).toMatch(/^http:.*\/namespaces\/default\/workflows\/shout-it-.*\/history$/);
    expect(run.isFinished()).toBe(false);
    expect(run.hasCompleted()).toBe(false);
    // What has been returned is found, always.
    expect((await shout.getRun(run.runId, { client }))?.runId).toBe(run.runId);
  });

  test('comes to its content', async () => {
    const { client, worker } = await sharedBed();
    await worker([shout]);
    const run = await finished(await shout.run('hello', { background: true, client }));
    expect(run).toMatchObject({ status: 'completed', content: 'hello!', error: null });
    expect(run.startedAt!.getTime()).toBeGreaterThanOrEqual(run.createdAt.getTime());
    expect(run.finishedAt.getTime()).toBeGreaterThanOrEqual(run.startedAt!.getTime());
    expect(run.hasCompleted()).toBe(true);
  });

  test('reaches executors with all that was given', async () => {
    const { client, worker } = await sharedBed();
    const tell = new Workflow({
      name: 'Tell',
      sessionState: { from: 'workflow', kept: true },
      steps: [
        new Step({
          name: 'tell',
          executor: ({ input, additionalData }, context) => {
            const { runId, workflowId, workflowName, stepName } = context;
            const { sessionId, userId, attempt, idempotencyKey, sessionState } = context;
            return {
              ...{ input, additionalData, runId, workflowId, workflowName, stepName, sessionId },
              ...{ userId, attempt, key: idempotencyKey.length, sessionState },
            };
          },
        }),
      ],
    });
    await worker([tell]);
    const run = await tell.run(
      { topic: 'x' },
      {
        client,
        sessionId: 'session',
        userId: 'user',
        additionalData: { more: [1] },
        sessionState: { from: 'run' },
      },
    );
    expect(run.content).toEqual({
      input: { topic: 'x' },
      additionalData: { more: [1] },
      runId: run.runId,
      workflowId: 'tell',
      workflowName: 'Tell',
      stepName: 'tell',
      sessionId: 'session',
      userId: 'user',
      attempt: 1,
      key: 43,
      sessionState: { from: 'run', kept: true },
    });
    expect(run.sessionId).toBe('session');
  });
});

describe('a run without background', () => {
  test('resolves with the completed run', async () => {
    const { client, worker } = await sharedBed();
    await worker([shout]);
    const run = await shout.run('hello', { client });
    expect(run.content).toBe('hello!');
  });

  test('rejects with the run when it fails', async () => {
    const { client, worker } = await sharedBed();
    const failing = new Workflow({
      name: 'Failing',
      maxRetries: 0,
      steps: [
        new Step({
          name: 'fail',
          executor: () => {
            throw new Error('boom');
          },
        }),
      ],
    });
    await worker([failing]);
    const error: unknown = await failing.run(null, { client }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({
      code: 'RUN_FAILED',
      message: expect.stringMatching(/^The run failing-.* of Failing failed: boom$/),
      run: { status: 'failed', error: { message: 'boom' } },
    });
  });

  test('is waited for only as long as the signal allows, and goes on', async () => {
    const { client, worker } = await testBed();
    const stop = AbortSignal.timeout(300);
    const result = shout.run('hello', {
      runId: `signal-${String(Date.now())}`,
      signal: stop,
      client,
    });
    await expect(result).rejects.toMatchObject({ name: 'TimeoutError' });
    const [listed] = await untilListed(() => shout.listRuns({ client, limit: 10_000 }), 'signal-');
    await worker([shout]);
    expect((await finished((await shout.getRun(listed!.runId, { client }))!)).status).toBe(
      'completed',
    );
  });
});

async function untilListed<T extends { readonly runId: string }>(
  list: () => Promise<readonly T[]>,
  prefix: string,
): Promise<readonly T[]> {
  for (;;) {
    const found = (await list()).filter(({ runId }) => runId.startsWith(prefix));
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('run ids', () => {
  test.each(['it\'s 100 % / odd?&#"<b>é漢字🙂', 'x'.repeat(200), ' ', '../..'])(
    'may be %j',
    async (odd) => {
      const { client, worker } = await sharedBed();
      await worker([shout]);
      const runId = odd.length === 200 ? odd : `${odd} ${String(Date.now())}`;
      const run = await shout.run('hello', { runId, client });
      expect(run.runId).toBe(runId);
      expect((await shout.getRun(runId, { client }))?.content).toBe('hello!');
      expect(run.url).toContain(`/workflows/${encodeURIComponent(runId)}/`);
    },
  );

  test.each([
    ['', 'got ""'],
    ['a\nb', 'got "a\\nb"'],
    ['x'.repeat(201), 'must be 1 to 200 characters'],
    ['half \ud800', 'must be 1 to 200 characters'],
    ['outlast-session/x', "must not begin with 'outlast-'"],
  ])('may not be %j', async (runId, message) => {
    const { client } = await testBed();
    const start = shout.run('x', { background: true, runId, client });
    await expect(start).rejects.toThrow(OptionError);
    await expect(start).rejects.toThrow(message);
  });

  test('that exist already are refused, open or finished', async () => {
    const { client, worker } = await testBed();
    const runId = `twice-${String(Date.now())}`;
    const first = await shout.run('one', { background: true, runId, client });
    const again = (): Promise<unknown> => shout.run('two', { background: true, runId, client });
    await expect(again()).rejects.toThrow(RunExistsError);
    await worker([shout]);
    await finished(first);
    await expect(again()).rejects.toMatchObject({
      code: 'RUN_EXISTS',
      message: expect.stringContaining(`there is a run ${runId} of Shout it already`),
    });
    const returned = await shout.run('two', {
      background: true,
      runId,
      onExisting: 'return',
      client,
    });
    expect(returned.content).toBe('one!');
    const restarted = await shout.run('two', { runId, onExisting: 'restart', client });
    expect(restarted.content).toBe('two!');
    const other = new Workflow({ name: 'Other', steps: [() => 1] });
    await expect(
      other.run(null, { background: true, runId, onExisting: 'return', client }),
    ).rejects.toMatchObject({
      code: 'RUN_EXISTS',
      message: expect.stringContaining('of Shout it'),
    });
  });
});

describe('what is given is checked', () => {
  const typed = new Workflow({
    name: 'Typed',
    inputSchema: z.object({ topic: z.string().min(1), n: z.number().int().default(2) }),
    steps: [new Step({ name: 'tell', executor: ({ input }) => input })],
  });

  test('by the schema, before anything is started', async () => {
    const { client } = await testBed();
    const start = typed.run({ topic: '', n: 1.5 }, { background: true, client });
    await expect(start).rejects.toThrow(InputError);
    await expect(start).rejects.toThrow(/Typed: the input is refused: topic: .*; n: /);
  });

  test('and steps see what the schema made of it', async () => {
    const { client, worker } = await sharedBed();
    await worker([typed]);
    expect((await typed.run({ topic: 'x' }, { client })).content).toEqual({ topic: 'x', n: 2 });
  });

  test('on the worker too, for clients that lack the definition', async () => {
    const { client, worker } = await sharedBed();
    await worker([typed]);
    const run = await finished(await client.run('Typed', { topic: 1 }, { background: true }));
    expect(run.error).toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringMatching(/^Typed: the input is refused: topic: /),
    });
    const text = await client.run('Typed', '{"topic":"as text"}');
    expect(text.content).toEqual({ topic: 'as text', n: 2 });
  });

  test.each([
    [{ runid: 'x' }, /Shout it: run must have no option `runid`: the options are background/],
    [{ timeout: 'soon' }, /`timeout` must be a positive number of milliseconds or .*, got "soon"/],
    [{ timeout: 0 }, /`timeout` must be a positive number of milliseconds/],
    [{ additionalData: [] }, /`additionalData` must be an object, got an empty list/],
    [{ additionalData: { at: new Date(0) } }, /`additionalData\.at` must be JSON: it is a Date/],
    [{ metadata: 'x' }, /`metadata` must be an object, got "x"/],
    [{ onExisting: 'replace' }, /`onExisting` must be 'fail', 'return' or 'restart'/],
    [{ sessionId: '' }, /`sessionId` must be a string that is not empty, got ""/],
  ])('%o', async (options, message) => {
    const { client } = await testBed();
    await expect(
      shout.run('x', { ...(options as object), background: true, client }),
    ).rejects.toThrow(message);
  });

  test('input that JSON cannot carry is refused with its place', async () => {
    const { client } = await testBed();
    await expect(
      shout.run({ list: [1, undefined] } as never, { background: true, client }),
    ).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('input.list[1] is undefined'),
    });
  });
});

test('runs of a Parallel and its branches are told while they are under way', async () => {
  const { client, worker } = await sharedBed();
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const workflow = new Workflow({
    name: 'Branching',
    steps: [
      new Parallel({
        name: 'Both',
        steps: [
          new Step({ name: 'quick', executor: () => 'q' }),
          new Step({
            name: 'slow',
            executor: async () => {
              await opened;
              return 's';
            },
          }),
        ],
      }),
    ],
  });
  await worker([workflow]);
  const run = await workflow.run(null, { background: true, client });
  await expect
    .poll(async () => {
      const { status, activeSteps, stepResults } = await run.refresh();
      return {
        status,
        active: activeSteps.map(({ stepPath, state }) => [stepPath, state]),
        results: stepResults.map(({ name, steps }) => [name, steps.map((each) => each.name)]),
      };
    })
    .toEqual({
      status: 'running',
      active: [['Both/slow', 'running']],
      results: [['Both', ['quick']]],
    });
  open();
  expect((await finished(run)).content).toBe('=== quick ===\nq\n\n=== slow ===\ns');
});
