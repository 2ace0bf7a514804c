import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { configure } from 'outlast';
import { createWorker } from 'outlast/worker';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { routes as eventRoutes } from '../../examples/events-route.js';
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
    await serve();
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

describe('server-sent events', () => {
  /** Those of a run, or the rest after the one with that id. */
  const ask = async (runId: string, lastEventId?: string): Promise<Response> =>
    eventRoutes.request(`/events/${runId}`, {
      headers: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
    });

  test("tell a run's events, and go on after the one that was last", async () => {
    await serve();
    const { runId } = await report.run({ topic: 'solar power' }, { background: true });
    const answer = await ask(runId);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const all = messagesOf(await answer.text());
    expect(all.map(({ id }) => id)).toEqual(all.map((_, offset) => String(offset)));
    expect(all[0]?.event).toBe('WorkflowStarted');
    expect(all.at(-1)?.event).toBe('WorkflowCompleted');
    expect(JSON.parse(all[1]?.data ?? '')).toMatchObject({ event: 'StepStarted', runId });
    expect(messagesOf(await (await ask(runId, '2')).text())).toEqual(all.slice(3));
    expect((await ask('nobody')).status).toBe(404);
  });

  test('end when whoever reads them goes', async () => {
    const { address, taskQueue } = await testBed();
    configure({ address, taskQueue });
    onTestFinished(() => {
      configure({});
    });
    const { runId } = await report.run({ topic: 'solar power' }, { background: true });
    const reading = (await ask(runId)).body?.getReader();
    const waiting = reading?.read();
    await reading?.cancel();
    expect(await waiting).toEqual({ done: true, value: undefined });
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

/** A worker of the workflow, and where its runs are. */
async function serve(): Promise<void> {
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
}

/** The messages of a stream of server-sent events. */
function messagesOf(text: string): { id?: string; event?: string; data?: string }[] {
  const messages = text.split('\n\n').filter((message) => message !== '');
  return messages.map((message) =>
    Object.fromEntries(
      message.split('\n').map((line) => {
        const [, field = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
        return [field, value];
      }),
    ),
  );
}

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
