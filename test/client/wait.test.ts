import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RunNotFoundError, Step, WaitTimeoutError, Workflow, type Run } from '../../src/index.js';
import { sharedBed, testBed, type SharedBed } from '../support/temporal.js';

/** A workflow of two steps, of which the second waits to be let go. */
async function held(bed: SharedBed): Promise<{ workflow: Workflow; letGo: () => void }> {
  let letGo: () => void = () => undefined;
  const isFree = new Promise<void>((resolve) => (letGo = resolve));
  const workflow = new Workflow({
    name: 'Held',
    steps: [
      new Step({ name: 'first', executor: () => 1 }),
      new Step({
        name: 'second',
        executor: async (input) => {
          await isFree;
          if (input.input === 'fail') throw new Error('boom');
          return 2;
        },
        maxRetries: 0,
      }),
    ],
  });
  await bed.worker([workflow]);
  return { workflow, letGo };
}

describe('waitForRun', () => {
  test('returns the finished run whatever its status', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    letGo();
    const good = await workflow.run(null, { background: true, client });
    const bad = await workflow.run('fail', { background: true, client });
    expect((await workflow.waitForRun(good.runId, { client })).content).toBe(2);
    expect((await workflow.waitForRun(bad.runId, { client })).status).toBe('failed');
    await expect(
      workflow.waitForRun(bad.runId, { throwOnFailure: true, client }),
    ).rejects.toMatchObject({ code: 'RUN_FAILED' });
  });

  test('gives the run that getRun reads: also a nested, a failed and a cancelled one, and one with a session', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const inner = new Workflow({ name: 'Inner', id: 'the-inner', steps: [({ input }) => input] });
    const outer = new Workflow({
      name: 'Outer',
      steps: [
        inner,
        new Step({
          name: 'fails where it is told to',
          executor: async ({ input }, { signal }) => {
            if (input === 'fail') throw new Error('boom');
            if (input === 'hang')
              await new Promise((_, reject) => {
                signal.addEventListener('abort', () => {
                  reject(new Error('aborted'));
                });
              });
            return input;
          },
          maxRetries: 0,
        }),
      ],
    });
    await bed.worker([outer, inner]);
    const sessionId = `session-${randomUUID()}`;
    const start = (input: string): Promise<Run> =>
      outer.run(input, { background: true, client, sessionId });
    const runs = await Promise.all(['good', 'fail', 'hang'].map(start));
    const waits = runs.map((run) => run.wait());
    await expect.poll(() => runs[2]?.cancel()).toBe(true);
    const ended = await Promise.all(waits);
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'failed', 'cancelled']);
    const nested = ended[0]?.stepResults[0]?.runId ?? '';
    for (const run of [...ended, await client.waitForRun(nested)]) {
      const read = await client.getRun(run.runId);
      expect(JSON.parse(JSON.stringify(run))).toEqual(JSON.parse(JSON.stringify(read)));
      expect(run.url).toBe(read?.url);
    }
  });

  test('of a session, which is a workflow of ours, finds no run', async () => {
    const { client } = await sharedBed();
    const waits = { timeout: 2_000 };
    await expect(client.waitForRun('outlast-session/x', waits)).rejects.toThrow(RunNotFoundError);
    await expect(client.streamRun('outlast-session/x').result()).rejects.toThrow(RunNotFoundError);
    expect(await client.getRun('outlast-session/x')).toBeNull();
  });

  test('ends with its timeout, and carries the run as it is then', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client });
    const before = Date.now();
    const error: unknown = await run.wait({ timeout: '700ms' }).catch((thrown: unknown) => thrown);
    expect(Date.now() - before).toBeLessThan(3_000);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({
      code: 'WAIT_TIMEOUT',
      runId: run.runId,
      timeout: 700,
      run: { status: 'running', stepResults: [{ name: 'first', content: 1 }] },
      message: expect.stringContaining('it is running'),
    });
    letGo();
    expect((await run.wait()).status).toBe('completed');
  });

  test('ends with its signal, for its reason', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client: bed.client });
    const stop = new AbortController();
    const waiting = run.wait({ signal: stop.signal });
    const reason = new Error('enough');
    setTimeout(() => {
      stop.abort(reason);
    }, 100);
    await expect(waiting).rejects.toBe(reason);
    letGo();
    expect((await run.wait()).status).toBe('completed');
  });

  test('tells its progress', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client: bed.client });
    const told: Run[] = [];
    const end = await run.wait({
      onProgress: (now) => {
        told.push(now);
        if (now.stepResults.length === 1) letGo();
      },
    });
    const counts = told.map(({ stepResults }) => stepResults.length);
    expect([...counts].sort()).toEqual(counts);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
    expect(told.at(-1)).toMatchObject({ status: 'completed', content: 2 });
    expect(end.content).toBe(2);
  });

  test('of what its listener throws it is told', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client: bed.client });
    const fault = new Error('a fault of the listener');
    await expect(
      run.wait({
        onProgress: () => {
          throw fault;
        },
      }),
    ).rejects.toBe(fault);
    letGo();
  });

  test('an unknown run, or one of another workflow, is an error', async () => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'W', steps: [() => 1] });
    await expect(client.waitForRun('nowhere')).rejects.toThrow(RunNotFoundError);
    const other = await new Workflow({ name: 'O', steps: [() => 1] }).run(null, {
      background: true,
      client,
    });
    await expect(workflow.waitForRun(other.runId, { client })).rejects.toThrow(/W has no run o-/);
  });

  test('many runs are waited for at once, each until its own end', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const workflow = new Workflow({
      name: 'Many',
      steps: [new Step({ name: 'n', executor: ({ input }) => input })],
    });
    await bed.worker([workflow]);
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const runs = await Promise.all(
      numbers.map((n) => workflow.run(n, { background: true, client })),
    );
    const ends = await Promise.all(runs.map((run) => run.wait()));
    expect(ends.map(({ content }) => content)).toEqual(numbers);
  });
});

describe('pollRun', () => {
  test('looks at intervals until the run is finished', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client });
    const polls: [number, string | undefined][] = [];
    const end = await workflow.pollRun(run.runId, {
      client,
      interval: '50ms',
      onPoll: (count, now) => {
        polls.push([count, now?.status]);
        if (count === 3) letGo();
      },
    });
    expect(end.content).toBe(2);
    expect(polls.map(([count]) => count)).toEqual(polls.map((_, index) => index + 1));
    expect(polls.at(-1)?.[1]).toBe('completed');
    expect(polls.length).toBeGreaterThan(3);
  });

  test('with a backoff waits longer each time, up to the longest', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client });
    const at: number[] = [];
    await workflow.pollRun(run.runId, {
      client,
      backoff: { initial: 100, factor: 3, max: 500 },
      onPoll: (count) => {
        at.push(Date.now());
        if (count === 4) letGo();
      },
    });
    const gaps = at.slice(1).map((time, index) => time - at[index]!);
    expect(gaps[0]).toBeGreaterThanOrEqual(95);
    expect(gaps[1]).toBeGreaterThanOrEqual(295);
    expect(gaps[2]).toBeGreaterThanOrEqual(495);
    expect(gaps[2]).toBeLessThan(890);
  });

  test('of a run that is not there yet it is told null, and goes on until its timeout', async () => {
    const { client } = await testBed();
    const seen: unknown[] = [];
    await expect(
      client.pollRun('nowhere', {
        interval: '100ms',
        timeout: '350ms',
        onPoll: (_, run) => seen.push(run),
      }),
    ).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      run: null,
      message: expect.stringContaining('there is no such run'),
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen)).toEqual(new Set([null]));
  });

  test('ends with its signal, for its reason', async () => {
    const { client } = await testBed();
    const stop = new AbortController();
    const polling = client.pollRun('nowhere', { signal: stop.signal });
    const reason = new Error('enough');
    setTimeout(() => {
      stop.abort(reason);
    }, 100);
    await expect(polling).rejects.toBe(reason);
  });

  test.each([
    [{ interval: 0 }, /`interval` must be a positive number/],
    [{ interval: 5, backoff: {} }, /`interval` must be left out beside `backoff`/],
    [{ backoff: { factor: 0.5 } }, /`backoff.factor` must be a number from 1, got 0.5/],
    [{ backoff: { initial: '1 moment' } }, /`backoff.initial` must be/],
    [{ every: 5 }, /must have no option `every`/],
  ])('%o is refused', async (options, message) => {
    const { client } = await testBed();
    await expect(client.pollRun('x', options as object)).rejects.toThrow(message);
  });
});
