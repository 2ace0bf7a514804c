import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A receiver of webhooks, and what it has received. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** Bodies by their Idempotency-Key: what comes again is known already. */
  readonly received: ReadonlyMap<string, string>;
}

export async function startReceiver(): Promise<Receiver> {
  const received = new Map<string, string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const key = String(request.headers['idempotency-key']);
      if (!received.has(key)) received.set(key, body);
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
