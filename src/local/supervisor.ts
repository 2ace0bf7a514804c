import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DevServerError } from './errors.js';
import type { Environment } from './search.js';

/** How a server ended. */
export interface ServerExit {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  /** `null` where it ended by itself. */
  readonly signal: NodeJS.Signals | null;
}

/** A server under a supervisor. */
export interface SupervisedServer {
  /** The server's own process, not the supervisor's. */
  readonly pid: number;
  /** Resolves with its first line on stdout. Never, if it ends without one. */
  readonly printed: Promise<void>;
  /** Resolves when it has ended, for whatever reason, and all that it wrote is read. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** What it logged: the first lines and the last ones. */
  said(): string;
  /** Ends it: asks, and after 5 s kills. Resolves when it has ended; may be called again. */
  stop(): Promise<ServerExit>;
}

export interface SupervisedServerOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** The server's working folder. @default this process's own */
  readonly cwd?: string | undefined;
  readonly env: Environment;
  /** Of a server that has nothing to lose: it is killed to stop it, without the second that it takes to end by itself. */
  readonly keepsNothing?: boolean;
  /** Given each line that the server logs. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Starts a server that ends with this process, however this process ends: a small process between the two kills it as
 * soon as the channel from here is gone, which holds for SIGKILL as well. All are in a process group of their own, so
 * a terminal's Ctrl-C doesn't reach them: whoever uses the server can finish first, and then stops it.
 *
 * @throws DevServerError if the file can't be run.
 */
export async function superviseServer({
  file,
  args,
  cwd,
  env,
  keepsNothing = false,
  onLine,
}: SupervisedServerOptions): Promise<SupervisedServer> {
  const supervisor = spawn(process.execPath, ['--eval', SUPERVISOR, '--', file, ...args], {
    cwd,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...env, ...NOT_FOR_THE_SERVER },
  });
  const { stdout, stderr } = supervisor as ChildProcess & { stdout: Readable; stderr: Readable };

  const first: string[] = [];
  const last: string[] = [];
  const hear = (line: string): void => {
    if (first.length < FIRST_LINES) first.push(line);
    else last.push(line);
    if (last.length > LAST_LINES) last.shift();
    onLine?.(line);
  };
  createInterface({ input: stderr }).on('line', hear);
  // Its Web UI logs there, among what is for people.
  createInterface({ input: stdout }).on('line', (line) => {
    if (line.startsWith('{')) hear(line);
  });
  const printed = new Promise<void>((resolve) =>
    stdout.once('data', () => {
      resolve();
    }),
  );
  const report = follow(supervisor);
  const pid = await report.pid;

  const stop = async (): Promise<ServerExit> => {
    if (supervisor.connected) supervisor.send(keepsNothing ? 'kill' : 'stop');
    const late = setTimeout(() => {
      kill(supervisor.pid);
      kill(pid);
    }, STOP_WITHIN + 1000);
    const exit = await report.exited;
    clearTimeout(late);
    return exit;
  };
  return { pid, printed, exited: report.exited, said: () => [...first, ...last].join('\n'), stop };
}

const NOT_FOR_THE_SERVER: Environment = {
  // What is meant for this process (a debugger's port, a loader) would only slow the supervisor.
  NODE_OPTIONS: undefined,
  // Names presets of the CLI's own. The server has no use for them, and doesn't start where they are missing.
  TEMPORAL_ENV: undefined,
};

/** A failing server ends with a line or two that tell why, or tells why and then panics, with a long trace. */
const FIRST_LINES = 5;
const LAST_LINES = 15;

/** Milliseconds that a server is given to end by itself. It takes about one second. */
const STOP_WITHIN = 5000;

/** What the supervisor tells: one of the first two, then the third. */
type Message =
  { readonly pid: number } | { readonly failed: string } | { readonly exit: ServerExit };

function follow(supervisor: ChildProcess): {
  readonly pid: Promise<number>;
  readonly exited: Promise<ServerExit>;
} {
  let server: number | undefined;
  let exit: ServerExit | undefined;
  const pid = new Promise<number>((resolve, reject) => {
    supervisor.on('message', (message: Message) => {
      if ('pid' in message) resolve((server = message.pid));
      else if ('failed' in message)
        reject(new DevServerError(`The dev server could not be started: ${message.failed}`, ''));
      else exit = message.exit;
    });
    supervisor.on('error', reject);
    supervisor.on('exit', () => {
      reject(new DevServerError('The dev server could not be started: its supervisor ended', ''));
      // Without its supervisor nothing would end the server.
      if (exit === undefined) kill(server);
    });
  });
  const exited = new Promise<ServerExit>((resolve) => {
    supervisor.on('close', (code, signal) => {
      resolve(exit ?? { code, signal });
    });
  });
  return { pid, exited };
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/**
 * The program between this process and the server. A text, because it runs by `node --eval`: it needs no file beside
 * the compiled one, and so works from wherever this module is loaded. When its parent has died it kills at once: SQLite
 * holds what the server has acknowledged, and the file is free for the next server. A `killall -9 node` hits the
 * supervisor too: so a shell, where there is one, waits for its end with the same intent.
 */
const SUPERVISOR = `
const { spawn } = require('node:child_process');
const [file, ...args] = process.argv.slice(1);

const server = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });
server.on('spawn', () => tell({ pid: server.pid }));
server.on('error', (error) => leave({ failed: error.message }));
server.on('exit', (code, signal) => {
  // First, because the server's number may soon be another process's.
  guard?.kill('SIGKILL');
  leave({ exit: { code, signal } });
});

const guard = process.platform === 'win32' || server.pid === undefined ? undefined : spawn(
  '/bin/sh',
  ['-c', 'read -r _; kill -9 "$0"', String(server.pid)],
  { stdio: ['pipe', 'ignore', 'ignore'] },
);
guard?.on('error', () => {});
guard?.stdin?.on('error', () => {});

process.on('disconnect', () => server.kill('SIGKILL'));
process.on('message', (how) => how === 'kill' ? server.kill('SIGKILL') : stop());
for (const request of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(request, stop);

function stop() {
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), ${String(STOP_WITHIN)}).unref();
}

function tell(message, then = () => {}) {
  if (process.connected) process.send(message, then);
  else then();
}

function leave(message) {
  tell(message, () => process.exit());
}
`;
