import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { within } from '../bounded-fetch.js';
import { optional } from '../optional.js';
import { unless } from '../unless.js';
import { brokeOff, failed, isOfNoSession, isOfServer } from './failure.js';
import { whoIs, type Server } from './server.js';
import { transportTo } from './transport.js';

/** The connection of this process to a server. Tools of the same server share it. */
export function connectionTo(server: Server, idle: number): Connection {
  const key = JSON.stringify([server, idle]);
  const connection = connections.get(key) ?? new Connection(server, idle);
  connections.set(key, connection);
  return connection;
}

const connections = new Map<string, Connection>();

type Asking<T> = (client: Client) => Promise<T>;

/**
 * Made when it is used, again after the server died, and ended when nobody has used it for a while. A program that was
 * started for it ends with it.
 */
class Connection {
  readonly #server: Server;
  /** Milliseconds. */
  readonly #idle: number;
  #opening: Promise<Client> | null = null;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(server: Server, idle: number) {
    this.#server = server;
    this.#idle = idle;
  }

  /**
   * Asks the server.
   *
   * @throws the signal's reason; NonRetryableError where asking again would be of no use; Error else.
   */
  async use<T>(signal: AbortSignal, ask: Asking<T>): Promise<T> {
    signal.throwIfAborted();
    this.#users++;
    clearTimeout(this.#timer);
    try {
      return await this.#using(signal, ask, true);
    } finally {
      this.#users--;
      if (this.#users === 0) this.#rest();
    }
  }

  /** Ends it, unless somebody is using it: then it rests after that, as always. It is made again when it is used again. */
  async close(): Promise<void> {
    if (this.#users > 0) return;
    clearTimeout(this.#timer);
    if (this.#opening !== null) await this.#drop(this.#opening);
  }

  async #using<T>(signal: AbortSignal, ask: Asking<T>, again: boolean): Promise<T> {
    const opening = this.#opened();
    const client = await unless(signal, opening);
    try {
      return await ask(client);
    } catch (error) {
      signal.throwIfAborted();
      if (isOfServer(error)) throw failed(this.#server, error);
      await this.#drop(opening);
      // A server that was started anew knows the session no more, and hasn't begun.
      if (again && isOfNoSession(error)) return await this.#using(signal, ask, false);
      throw failed(this.#server, error);
    }
  }

  #opened(): Promise<Client> {
    if (this.#opening !== null) return this.#opening;
    const opening = opened(this.#server, () => {
      this.#forget(opening);
    });
    this.#opening = opening;
    // Whoever waits for it is told.
    opening.catch(() => {
      this.#forget(opening);
    });
    return opening;
  }

  #rest(): void {
    this.#timer = setTimeout(() => void this.close(), this.#idle).unref();
  }

  async #drop(opening: Promise<Client>): Promise<void> {
    this.#forget(opening);
    const client = await opening.catch(() => null);
    await client?.close().catch(() => undefined);
  }

  #forget(opening: Promise<Client>): void {
    if (this.#opening === opening) this.#opening = null;
  }
}

/** Milliseconds in which a server has to be ready: `npx` may have to download it. */
const START_TIMEOUT = 60_000;

/** A client that is connected. `ended` is called when it isn't any more, for whatever reason. */
async function opened(server: Server, ended: () => void): Promise<Client> {
  const { Client } = await optional(
    { name: '@modelcontextprotocol/sdk', tool: 'mcpTools' },
    () => import('@modelcontextprotocol/sdk/client/index.js'),
  );
  const client = new Client({ name: 'outlast', version: '0' });
  client.onclose = ended;
  const transport = await transportTo(server, () => {
    client.close().catch(() => undefined);
  });
  // Not the signal of whoever asked first: others wait for it, too.
  const { signal: outer } = new AbortController();
  try {
    await within({ who: whoIs(server), timeout: START_TIMEOUT, outer }, (signal) =>
      client.connect(transport, { signal, timeout: START_TIMEOUT }),
    );
  } catch (error) {
    await client.close().catch(() => undefined);
    throw brokeOff(server, error);
  }
  return client;
}
