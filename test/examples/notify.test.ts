import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { NonRetryableError, type Json } from 'outlast';
import { expect, onTestFinished, test } from 'vitest';
import { postOutcome } from '../../examples/notify.js';

const OUTCOME = { runId: 'summary-1', status: 'completed', content: 'done' } as const;

test('posts who it is about, how it ended and what it came to, under its key', async () => {
  const { url, received } = await receiver(204);
  await postOutcome({ ...OUTCOME, url }, context('key'));
  expect(received).toEqual([
    {
      method: 'POST',
      headers: expect.objectContaining({
        'content-type': 'application/json',
        'idempotency-key': 'key',
      }),
      body: { runId: 'summary-1', status: 'completed', content: 'done' },
    },
  ]);
});

test.each<[string, Json, string]>([
  ['of a long text its first 1000 characters', 'x'.repeat(1_001), 'x'.repeat(1_000)],
  ['half of no emoji', `${'x'.repeat(999)}🐝`, 'x'.repeat(999)],
  ['a whole emoji', `${'x'.repeat(998)}🐝`, `${'x'.repeat(998)}🐝`],
  ['of anything else its JSON', { topic: 'bees' }, '{"topic":"bees"}'],
])('sends %s', async (_, content, sent) => {
  const { url, received } = await receiver(200);
  await postOutcome({ ...OUTCOME, url, content }, context());
  expect(received[0]?.body).toMatchObject({ content: sent });
});

test.each([500, 503, 408, 429])('an answer of %i is worth another attempt', async (status) => {
  const { url } = await receiver(status);
  const error = await failure(postOutcome({ ...OUTCOME, url }, context()));
  expect(error).not.toBeInstanceOf(NonRetryableError);
  expect(error).toMatchObject({ message: `The webhook answered ${status}.` });
});

test.each([400, 404, 410, 307])('an answer of %i is not', async (status) => {
  const { url, received } = await receiver(status);
  const error = await failure(postOutcome({ ...OUTCOME, url }, context()));
  expect(error).toBeInstanceOf(NonRetryableError);
  expect(error).toMatchObject({ message: `The webhook answered ${status}.` });
  // It isn't redirected either.
  expect(received).toHaveLength(1);
});

test('nobody there is worth another attempt', async () => {
  const { url, server } = await receiver(200);
  server.close();
  const error = await failure(postOutcome({ ...OUTCOME, url }, context()));
  expect(error).toBeInstanceOf(TypeError);
});

test('a receiver that never answers is left by the signal', async () => {
  const { url, received } = await receiver(null);
  const controller = new AbortController();
  const posted = failure(postOutcome({ ...OUTCOME, url }, context('key', controller.signal)));
  await expect.poll(() => received).toHaveLength(1);
  const reason = new Error('cancelled');
  controller.abort(reason);
  expect(await posted).toBe(reason);
});

interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A receiver that answers with that status, or with `null` not at all. */
async function receiver(
  status: number | null,
): Promise<{ readonly url: string; readonly server: Server; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, headers } = request;
      received.push({ method, headers, body: JSON.parse(body) });
      if (status !== null) response.writeHead(status, { Location: '/elsewhere' }).end('read me');
    });
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, server, received };
}

function context(
  idempotencyKey = 'key',
  signal = new AbortController().signal,
): { readonly idempotencyKey: string; readonly signal: AbortSignal } {
  return { idempotencyKey, signal };
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}
