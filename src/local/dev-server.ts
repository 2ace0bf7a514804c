import { Connection } from '@temporalio/client';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OptionError } from '../plan/errors.js';
import { serverArguments, type ServerSettings } from './arguments.js';
import { findTemporalCli, type TemporalCli, type TemporalCliSource } from './binary.js';
import { DevServerError, FileInUseError } from './errors.js';
import { choosePorts, HOST } from './ports.js';
import { keepClosedRuns } from './retention.js';
import type { Environment } from './search.js';
import { superviseServer, type ServerExit, type SupervisedServer } from './supervisor.js';

/** Where the server keeps runs, and where it is found. */
export interface StartDevServerOptions {
  /**
   * Where runs are kept, in SQLite: such as `'tmp/workflow.db'`. Folders that are missing are made. Only one server at
   * a time may have it.
   * @default in memory: runs are gone with the server
   */
  readonly file?: string | undefined;
  /**
   * For workers and clients; 0 for any that is free.
   * @default 7233, or any free one where that is taken
   */
  readonly port?: number | undefined;
  /**
   * For the Web UI; 0 for any that is free.
   * @default 8233, or any free one where that is taken
   */
  readonly uiPort?: number | undefined;
  /** Made if it doesn't exist. @default 'default' */
  readonly namespace?: string | undefined;
  /** Ends the start, with its reason; a server that has started is ended by `close()`. */
  readonly signal?: AbortSignal | undefined;
  /** Given each line that the server logs; it logs errors only. @default they are dropped */
  readonly log?: ((line: string) => void) | undefined;
  /** Called before each place where the `temporal` binary is looked for: see `findTemporalCli`. */
  readonly onSource?: ((source: TemporalCliSource) => void) | undefined;
  /** For the search of the binary, and the server's own. @default process.env */
  readonly env?: Environment | undefined;
}

/** A Temporal dev server of this process: it ends with it, however it ends. */
export interface DevServer {
  /** `host:port`, as `TEMPORAL_ADDRESS` wants it. */
  readonly address: string;
  /** Where a browser finds the Web UI. */
  readonly uiUrl: string;
  readonly namespace: string;
  /** Absolute; `null` when runs are in memory. */
  readonly file: string | null;
  /** The server's own process. */
  readonly pid: number;
  /** The binary that serves, and where it was found. */
  readonly cli: TemporalCli;
  /** Resolves when the server has ended, for whatever reason. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Ends the server, and resolves when it has ended: some second later, 6 s at most. May be called again. */
  close(): Promise<void>;
  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a Temporal dev server with its Web UI, both on 127.0.0.1 alone. It resolves when the server answers: in about
 * a second, but the first time on a machine the `temporal` binary may have to come (see `findTemporalCli`).
 *
 * Closed runs stay for 30 days (the dev server's own: one). A retention that somebody has set in `file`'s namespace
 * since is left as it is.
 *
 * @throws TemporalCliNotFoundError, TemporalCliUnusableError: there is no binary to start.
 * @throws PortInUseError: `port` or `uiPort` was given, and is taken.
 * @throws FileInUseError: another server has `file`.
 * @throws DevServerError: the server ended, or didn't answer within 30 s; with what it said.
 */
export async function startDevServer(options: StartDevServerOptions = {}): Promise<DevServer> {
  check(options);
  const { port, uiPort, namespace = 'default', signal, log, onSource, env = process.env } = options;
  const file = options.file === undefined ? null : path.resolve(options.file);
  const cwd = file === null ? undefined : path.dirname(file);
  const cli = await findTemporalCli({ env, signal, onSource });
  if (cwd !== undefined) await makeFolder(cwd);

  for (let attempt = 1; ; attempt++) {
    const settings = { ...(await choosePorts({ port, uiPort })), namespace, file };
    signal?.throwIfAborted();
    const server = await superviseServer({
      file: cli.path,
      args: serverArguments(settings),
      cwd,
      env,
      keepsNothing: file === null,
      onLine: log,
    });
    try {
      await ready(server, settings, signal);
      return devServer(server, settings, cli);
    } catch (error) {
      await server.stop();
      signal?.throwIfAborted();
      const output = server.said();
      if (PORT_TAKEN.test(output) && attempt < ATTEMPTS) continue;
      if (file !== null && FILE_LOCKED.test(output)) {
        throw new FileInUseError(file, { cause: error });
      }
      throw error;
    }
  }
}

/** What the server says of a port that was taken after it had been chosen, and of a file that another server has. */
const PORT_TAKEN = /address already in use|Only one usage of each socket address/;
const FILE_LOCKED = /SQLITE_BUSY|database is locked/;

/** Each with newly chosen ports, so that a second one is rare already. */
const ATTEMPTS = 5;

const READY_WITHIN = 30_000;

/** SQLite is given the name in a URL, in which these mean something. */
const NOT_IN_A_NAME = /[?#%]/;

function check({ file, port, uiPort, namespace }: StartDevServerOptions): void {
  const at = 'startDevServer';
  for (const [option, got] of Object.entries({ port, uiPort })) {
    if (got === undefined || (Number.isInteger(got) && got >= 0 && got <= 65_535)) continue;
    throw new OptionError({ at, option, must: 'be an integer from 0 to 65535', got });
  }
  if (port !== undefined && port !== 0 && port === uiPort) {
    throw new OptionError({ at, option: 'uiPort', must: 'differ from `port`', got: uiPort });
  }
  for (const [option, got] of Object.entries({ file, namespace })) {
    if (got === undefined || (typeof got === 'string' && got !== '')) continue;
    throw new OptionError({ at, option, must: 'be a string that is not empty', got });
  }
  if (file !== undefined && NOT_IN_A_NAME.test(path.basename(file))) {
    const must = 'be the path of a file without `?`, `#` and `%` in its name';
    throw new OptionError({ at, option: 'file', must, got: file });
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DevServerError(`The folder of \`file\` can't be made: ${why}`, '', { cause });
  }
}

/** Resolves when the server serves as it is meant to; rejects when it has ended, when it is late, and by `signal`. */
async function ready(
  server: SupervisedServer,
  settings: ServerSettings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const settled = new AbortController();
  const signals = signal === undefined ? [settled.signal] : [settled.signal, signal];
  const over = AbortSignal.any(signals);
  const late = async (): Promise<never> => {
    await sleep(READY_WITHIN, undefined, { signal: over });
    const seconds = String(READY_WITHIN / 1000);
    throw new DevServerError(`No answer from the dev server within ${seconds} s`, server.said());
  };
  const ended = async (): Promise<never> => {
    const { code, signal } = await server.exited;
    const how = signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
    throw new DevServerError(`The dev server ended ${how} as it started`, server.said());
  };
  try {
    await Promise.race([serves(server, settings, over), late(), ended()]);
  } finally {
    settled.abort();
  }
}

/** Resolves when the server answers and keeps runs as long as it is to; rejects when it is `over` before. */
async function serves(
  server: SupervisedServer,
  settings: ServerSettings,
  over: AbortSignal,
): Promise<void> {
  // It prints when it has its ports. Before that, what answers there may be another server that was quicker.
  await server.printed;
  over.throwIfAborted();
  const connection = Connection.lazy({
    address: addressOf(settings),
    connectTimeout: READY_WITHIN,
    // A proxy that the environment names is for the world outside.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  const close = (): Promise<void> => connection.close();
  // What waits for an answer would otherwise wait on, and this process with it.
  over.addEventListener('abort', () => void close());
  try {
    await connection.ensureConnected();
    await keepClosedRuns(connection, settings.namespace);
  } finally {
    await close();
  }
}

function devServer(
  server: SupervisedServer,
  settings: ServerSettings,
  cli: TemporalCli,
): DevServer {
  const close = async (): Promise<void> => {
    await server.stop();
  };
  return {
    address: addressOf(settings),
    uiUrl: `http://${HOST}:${String(settings.uiPort)}`,
    namespace: settings.namespace,
    file: settings.file,
    pid: server.pid,
    cli,
    exited: server.exited,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function addressOf({ port }: ServerSettings): string {
  return `${HOST}:${String(port)}`;
}
