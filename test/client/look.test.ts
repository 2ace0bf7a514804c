import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findTemporalCli } from '../../src/local/index.js';
import { Step, Workflow, type RunSummary } from '../../src/index.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';

const echo = new Workflow({
  name: "Echo's",
  steps: [new Step({ name: 'echo', executor: ({ input }) => input })],
});

describe('getRun', () => {
  test('is null for an id that is unknown, or of another workflow', async () => {
    const { client } = await testBed();
    expect(await echo.getRun('nowhere', { client })).toBeNull();
    const other = new Workflow({ name: 'Other', steps: [() => 1] });
    const run = await other.run(null, { background: true, client });
    expect(await echo.getRun(run.runId, { client })).toBeNull();
    expect((await client.getRun(run.runId))?.workflowName).toBe('Other');
  });

  test('answers without a worker, for runs that are open and that are finished', async () => {
    const { client, worker } = await testBed();
    const working = await worker([echo]);
    const done = await echo.run({ deep: [1] }, { client });
    await working.close();
    const open = await echo.run('open', { background: true, client });
    const before = Date.now();
    expect((await echo.getRun(done.runId, { client }))?.content).toEqual({ deep: [1] });
    expect((await echo.getRun(open.runId, { client }))?.status).toBe('pending');
    expect(Date.now() - before).toBeLessThan(2_000);
  });

  test('without step results it is one look, and says nothing of the content', async () => {
    const { client, worker } = await sharedBed();
    await worker([echo]);
    const run = await echo.run('x', { client });
    const summary = await echo.getRun(run.runId, { stepResults: false, client });
    expect(summary).toMatchObject({
      runId: run.runId,
      status: 'completed',
      health: { state: 'ok' },
    });
    expect(summary).not.toHaveProperty('content');
    expect(summary?.finishedAt).toEqual(run.finishedAt);
    expect(summary?.createdAt).toEqual(run.createdAt);
    expect(summary?.hasCompleted()).toBe(true);
    expect((await summary?.refresh())?.content).toBe('x');
  });

  test('an empty id is an error that says so', async () => {
    const { client } = await testBed();
    await expect(client.getRun('')).rejects.toThrow(
      'getRun: `runId` must be a string that is not empty, got ""',
    );
  });

  test('as JSON it is a plain snapshot', async () => {
    const { client, worker } = await sharedBed();
    await worker([echo]);
    const run = await echo.run('x', { client });
    const plain = JSON.parse(JSON.stringify(run)) as Record<string, unknown>;
    expect(Object.keys(plain)).toEqual([
      ...[
        'runId',
        'temporalRunId',
        'workflowId',
        'workflowName',
        'sessionId',
        'parentRunId',
        'status',
      ],
      ...['createdAt', 'content', 'error', 'stepResults', 'metrics', 'startedAt', 'finishedAt'],
      ...['activeSteps', 'health', 'url'],
    ]);
    expect(plain['createdAt']).toBe(run.createdAt.toISOString());
    expect(run.toJSON()).toEqual(plain);
    expect(Object.isFrozen(run)).toBe(true);
  });
});

describe('a run that somebody else has started', () => {
  test('from the temporal CLI, by the name of the workflow and an input, is a run like others', async () => {
    const { client, worker, address, taskQueue } = await testBed();
    await worker([echo]);
    const cli = await findTemporalCli();
    const runId = `by-cli-${String(Date.now())}`;
    const start = ['workflow', 'start', '--type', echo.name, '--input', '"by hand"'];
    const place = ['--address', address, '--task-queue', taskQueue, '--workflow-id', runId];
    await promisify(execFile)(cli.path, [...start, ...place]);
    const run = await finished((await echo.getRun(runId, { client }))!);
    expect(run).toMatchObject({ status: 'completed', content: 'by hand', workflowId: echo.id });
  });

  test('and without an input sees null', async () => {
    const { client, worker } = await sharedBed();
    await worker([echo]);
    const { server } = client;
    const handle = await server.client.workflow.start(echo.name, {
      workflowId: `no-input-${String(Date.now())}`,
      taskQueue: server.config.taskQueue!,
      args: [],
    });
    expect(await handle.result()).toBeNull();
  });
});

describe('listRuns', () => {
  test('tells the runs of a workflow by status, the latest first', async () => {
    const { client, worker, taskQueue } = await testBed();
    const name = `List ${taskQueue} "it's" \\o/`;
    const listed = new Workflow({
      name,
      maxRetries: 0,
      steps: [
        new Step({
          name: 'maybe',
          executor: ({ input }) => {
            if (input === 'fail') throw new Error('boom');
          },
        }),
      ],
    });
    const working = await worker([listed]);
    const done = await listed.run('done', { client });
    const failed = await finished(await listed.run('fail', { background: true, client }));
    await working.close();
    const pending = await listed.run('pending', { background: true, client });
    const cancelled = await listed.run('cancelled', { background: true, client });
    await cancelled.cancel();

    const ids = (runs: readonly RunSummary[]): string[] => runs.map(({ runId }) => runId);
    const newestFirst = [cancelled, pending, failed, done].map(({ runId }) => runId);
    await expect
      .poll(async () => ids(await listed.listRuns({ client })), { timeout: 10_000 })
      .toEqual(newestFirst);
    for (const [status, run] of Object.entries({ completed: done, failed, pending, cancelled })) {
      await expect
        .poll(async () => ids(await listed.listRuns({ status: status as 'failed', client })))
        .toEqual([run.runId]);
    }
    expect(await listed.listRuns({ status: 'running', client })).toEqual([]);
    expect(await listed.listRuns({ limit: 1, client })).toHaveLength(1);
    expect(await listed.listRuns({ since: new Date(Date.now() + 60_000), client })).toEqual([]);
    const all = await client.listRuns({ limit: 10_000 });
    expect(ids(all)).toEqual(expect.arrayContaining(newestFirst));
  });

  test.each([
    [{ status: 'done' }, /`status` must be one of pending, running/],
    [{ limit: 0 }, /`limit` must be an integer from 1 to 10000, got 0/],
    [{ since: 'yesterday' }, /`since` must be a Date, got "yesterday"/],
  ])('%o is refused', async (options, message) => {
    const { client } = await testBed();
    await expect(echo.listRuns({ ...(options as object), client })).rejects.toThrow(message);
  });
});
