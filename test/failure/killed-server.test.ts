import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import { Step, Workflow } from '../../src/index.js';
import { startDevServer, type DevServer } from '../../src/local/index.js';
import { createWorker } from '../../src/worker/index.js';
import { lines, read } from '../support/stream.js';

test('a run outlasts its server, and whoever waited for it or reads its events gets all', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'outlast-server-'));
  const file = path.join(folder, 'runs.db');
  const servers: DevServer[] = [await startDevServer({ file, port: 0, uiPort: 0 })];
  onTestFinished(async () => {
    for (const server of servers) await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { address } = servers[0]!;
  let reached: () => void = () => undefined;
  const isReached = new Promise<void>((resolve) => (reached = resolve));
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let first = 0;
  const workflow = new Workflow({
    name: 'Outlasting',
    steps: [
      new Step({ name: 'First', executor: () => (first += 1) }),
      new Step({
        name: 'Second',
        executor: async (input) => {
          reached();
          await opened;
          return `after ${String(input.previousStepContent)}`;
        },
      }),
    ],
  });
  await using client = await connect({ address });
  const worker = await createWorker({ workflows: [workflow], connection: { address } });
  const working = worker.run();
  const run = await client.run(workflow, null, { background: true });
  const waiting = run.wait({ timeout: '1 minute' });
  const reading = read(client.streamRun(run.runId));
  await isReached;

  process.kill(servers[0]!.pid, 'SIGKILL');
  await servers[0]!.exited;
  servers.push(await startDevServer({ file, port: Number(address.split(':')[1]), uiPort: 0 }));
  open();

  const finished = await waiting;
  expect(finished).toMatchObject({ status: 'completed', content: 'after 1' });
  expect(first).toBe(1);
  expect(lines(await reading)).toEqual([
    'WorkflowStarted',
    'StepStarted First',
    'StepCompleted First',
    'StepStarted Second',
    'StepCompleted Second',
    'WorkflowCompleted',
  ]);
  await worker.close();
  await working;
}, 90_000);

test('whoever waits while the server stays away is told so', async () => {
  const server = await startDevServer({ port: 0, uiPort: 0 });
  onTestFinished(() => server.close());
  const { address } = server;
  await using client = await connect({ address });
  const workflow = new Workflow({ name: 'Waiting', steps: [() => 'never'] });
  const run = await client.run(workflow, null, { background: true });
  const waiting = run.wait({ timeout: '5 seconds' });
  await server.close();
  await expect(waiting).rejects.toMatchObject({ code: 'WAIT_TIMEOUT', run: null });
  await expect(run.refresh()).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
    address,
    message: expect.stringContaining(`No Temporal server answers at ${address}`),
  });
});

test('where no server is, the client says so within 5 seconds, and how to start one', async () => {
  const before = Date.now();
  await expect(connect({ address: '127.0.0.1:1' })).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: expect.stringMatching(/127\.0\.0\.1:1 .*temporal server start-dev.*TEMPORAL_ADDRESS/),
  });
  await expect(
    createWorker({
      workflows: [new Workflow({ name: 'W', steps: [() => 1] })],
      connection: { address: '127.0.0.1:1' },
    }),
  ).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  expect(Date.now() - before).toBeLessThan(10_000);
});
