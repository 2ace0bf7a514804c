import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { configure } from 'outlast';
import { createWorker } from 'outlast/worker';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { routes } from '../../examples/express.js';
import { report } from '../../examples/http-service/workflow.js';
import { POST } from '../../examples/next/process/route.js';
import { GET } from '../../examples/next/status/[id]/route.js';
import { testBed } from '../support/temporal.js';

/** How a request is made of a framework's two routes. */
type Ask = (method: 'GET' | 'POST', path: string, body?: string) => Promise<Response>;

describe.each([
  ['Express', askExpress],
  ['Next.js', askNext],
])('%s', (_, framework) => {
  let ask: Ask;

  beforeEach(async () => {
    const { address, taskQueue } = await testBed();
    const connection = { address };
    const worker = await createWorker({ workflows: [report], taskQueue, connection });
    const running = worker.run();
    configure({ address, taskQueue });
    onTestFinished(async () => {
      configure({});
      await worker.close();
      await running;
    });
    ask = await framework();
  });

  test('starts a run, and tells of it until it is finished', async () => {
    const accepted = await ask('POST', '/process', '{"topic": "solar power"}');
    expect(accepted.status).toBe(202);
    const { runId } = (await accepted.json()) as { runId: string };
    const status = async (): Promise<unknown> => (await ask('GET', `/status/${runId}`)).json();
    expect(await status()).toMatchObject({ runId, finished: false });
    await expect
      .poll(status, { timeout: 20_000, interval: 200 })
      .toEqual({ runId, status: 'completed', finished: true });
  });

  test('refuses a topic that is none', async () => {
    const refused = await ask('POST', '/process', '{"topic": 7}');
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('expected string, received number');
  });

  test('knows no run that there is not', async () => {
    const unknown = await ask('GET', '/status/nobody');
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({ error: 'There is no such run.' });
  });
});

test('an Express app without a Temporal server says so', async () => {
  configure({ address: '127.0.0.1:1' });
  onTestFinished(() => {
    configure({});
  });
  const ask = await askExpress();
  expect((await ask('GET', '/status/nobody')).status).toBe(503);
});

async function askExpress(): Promise<Ask> {
  const server = express().use(routes).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return (method, path, body) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body !== undefined && { body }),
    });
}

async function askNext(): Promise<Ask> {
  return (method, path, body) => {
    const url = `http://127.0.0.1${path}`;
    if (method === 'POST') return POST(new Request(url, { method, body: body ?? '' }));
    const id = path.slice('/status/'.length);
    return GET(new Request(url), { params: Promise.resolve({ id }) });
  };
}
