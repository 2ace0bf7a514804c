import net from 'node:net';
import { PortInUseError } from './errors.js';

/** The dev server listens nowhere else: what it does isn't guarded by any password. */
export const HOST = '127.0.0.1';

export interface Ports {
  readonly port: number;
  readonly uiPort: number;
}

/** As asked for: a number, 0 for any free one, `undefined` for the usual one or any free one. */
export interface PortsWanted {
  readonly port: number | undefined;
  readonly uiPort: number | undefined;
}

/** Where clients and browsers look by default. */
export const USUAL: Ports = { port: 7233, uiPort: 8233 };

/**
 * Ports that are free now. Another process may take one before the server does: then the server ends, and this is
 * asked again.
 *
 * @throws PortInUseError if a port that was asked for by its number isn't free.
 */
export async function choosePorts(wanted: PortsWanted): Promise<Ports> {
  const [anyPort, anyUiPort] = await freePorts();
  return {
    port: await choose('port', wanted.port, anyPort),
    uiPort: await choose('uiPort', wanted.uiPort, anyUiPort),
  };
}

async function choose(
  option: keyof Ports,
  wanted: number | undefined,
  any: number,
): Promise<number> {
  if (wanted === 0) return any;
  if (wanted === undefined) return (await fault(USUAL[option])) === null ? USUAL[option] : any;
  const reason = await fault(wanted);
  if (reason !== null) throw new PortInUseError(option, wanted, reason);
  return wanted;
}

/** Why `port` can't be had; `null` if it can. */
async function fault(port: number): Promise<string | null> {
  // Some systems let one listen on 127.0.0.1 although another process does on all addresses, and takes its callers.
  if (await answers(port)) return 'another process listens there';
  try {
    (await listen(port)).close();
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return 'code' in error && error.code === 'EADDRINUSE'
      ? 'another process listens there'
      : error.message;
  }
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: HOST, timeout: 1000 });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.on('connect', () => {
      end(true);
    });
    socket.on('timeout', () => {
      end(false);
    });
    socket.on('error', () => {
      end(false);
    });
  });
}

/** Two, both open until both are known: so they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [await listen(0), await listen(0)] as const;
  const [one, two] = servers.map((server) => (server.address() as net.AddressInfo).port);
  for (const server of servers) server.close();
  return [one as number, two as number];
}

async function listen(port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST, exclusive: true }, () => {
      resolve(server);
    });
  });
}
