import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Server } from './server.js';

/** Of an answer over HTTP, unpacked. Over a program's output the SDK has its own limit, 10 MB. */
const MAX_BYTES = 10_000_000;

/** What the SDK speaks through. `broken` is told when an answer breaks off: nobody would wait for less than the rest of it. */
export async function transportTo(server: Server, broken: () => void): Promise<Transport> {
  switch (server.kind) {
    case 'program': {
      const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
      const { command, args, env, cwd } = server;
      // Its error output goes to the worker's.
      return new StdioClientTransport({
        ...{ command, args: [...args], env: { ...env }, stderr: 'inherit' },
        ...(cwd !== null && { cwd }),
      });
    }
    case 'address': {
      const { StreamableHTTPClientTransport } =
        await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
      const { url, headers } = server;
      const transport = new StreamableHTTPClientTransport(new URL(url), {
        requestInit: { headers: { ...headers } },
        fetch: (url, init) => watchedFetch(url, init, broken),
      });
      return endingItsSession(transport);
    }
  }
}

/** What of the SDK's class isn't in its interface. */
type StreamableTransport = Transport & { terminateSession(): Promise<void> };

/** The server need not keep a session that is over. */
function endingItsSession(transport: StreamableTransport): Transport {
  const close = transport.close.bind(transport);
  transport.close = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL);
    });
    await Promise.race([transport.terminateSession().catch(() => undefined), late]);
    clearTimeout(timer);
    await close();
  };
  return transport;
}

/** Milliseconds that ending a session may take. */
const FAREWELL = 1_000;

/** An answer to a request is bounded. What the server sends on its own, by GET, has no end. */
async function watchedFetch(
  url: string | URL,
  init: RequestInit | undefined,
  broken: () => void,
): Promise<Response> {
  // The SDK follows redirects within the origin itself: others would take the headers along.
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const body = response.body as ReadableStream<Uint8Array> | null;
  if (body === null || init?.method !== 'POST') return response;
  const { status, statusText, headers } = response;
  return new Response(ReadableStream.from(bounded(body, broken)), { status, statusText, headers });
}

async function* bounded(
  body: AsyncIterable<Uint8Array>,
  broken: () => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) throw new Error('the answer is too long');
      yield chunk;
    }
  } catch (error) {
    // The SDK only reports it, and its request would wait for ever.
    broken();
    throw error;
  }
}
