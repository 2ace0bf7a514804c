import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  superviseServer,
  type SupervisedServer,
  type SupervisedServerOptions,
} from '../../src/local/supervisor.js';
import { tempFolder } from '../support/temp-folder.js';
import { script } from './programs.js';

describe('a server', () => {
  test('that ends by itself is reported with its exit code', async () => {
    const server = await supervise(['exit 3']);
    expect(await server.exited).toEqual({ code: 3, signal: null });
  });

  test('that is killed is reported with the signal', async () => {
    const server = await supervise(['exec sleep 600']);
    process.kill(server.pid, 'SIGKILL');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('is asked to end, and may finish', async () => {
    const server = await supervise([
      'trap "exit 7" TERM',
      'echo up',
      'while :; do sleep 0.02; done',
    ]);
    await server.printed;
    expect(await server.stop()).toEqual({ code: 7, signal: null });
  });

  test('that does not end when it is asked is killed', async () => {
    const server = await supervise(['trap "" TERM', 'echo up', 'while :; do sleep 0.02; done']);
    await server.printed;
    expect(await server.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('that has ended may be stopped', async () => {
    const server = await supervise(['exit 0']);
    await server.exited;
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  test('is heard to its last line', async () => {
    const lines: string[] = [];
    const server = await supervise(['for n in 1 2 3; do echo "line $n" >&2; done'], {
      onLine: (line) => lines.push(line),
    });
    await server.exited;
    expect(lines).toEqual(['line 1', 'line 2', 'line 3']);
  });

  test('that tells why and then panics has told why', async () => {
    const lines = ['echo "no port" >&2', 'seq 1000 >&2', 'echo "exit status 2" >&2'];
    const server = await supervise(lines);
    await server.exited;
    expect(server.said()).toMatch(/^no port\n.*\nexit status 2$/s);
    expect(server.said().split('\n')).toHaveLength(20);
  });

  test('is heard where it logs among what is for people, as the Web UI does', async () => {
    const server = await supervise(['echo "Serves on 1"', 'echo \'{"level":"FATAL"}\'', 'exit 1']);
    await server.exited;
    expect(server.said()).toBe('{"level":"FATAL"}');
  });

  test('that cannot be run is an error that tells why', async () => {
    const start = superviseServer({ file: '/nowhere/temporal', args: [], env: process.env });
    await expect(start).rejects.toMatchObject({
      name: 'DevServerError',
      message: expect.stringContaining('ENOENT'),
    });
  });

  test("is told nothing of the CLI's presets, which may be missing", async () => {
    const env = { ...process.env, TEMPORAL_ENV: 'elsewhere' };
    const server = await supervise(['echo "presets: $TEMPORAL_ENV" >&2'], { env });
    await server.exited;
    expect(server.said()).toBe('presets: ');
  });

  test('ends when its supervisor is killed', async () => {
    const server = await supervise(['echo "$PPID" >&2', 'exec sleep 600']);
    await vi.waitFor(() => {
      expect(server.said()).not.toBe('');
    });
    process.kill(Number(server.said()), 'SIGKILL');
    await ended(server.pid);
  });
});

describe('no server is left behind', () => {
  test('when its process is killed', async () => {
    const { owner, server } = await owned();
    owner.kill('SIGKILL');
    await ended(server);
  });

  test('when its process is ended by a signal that it does not handle', async () => {
    const { owner, server } = await owned();
    owner.kill('SIGTERM');
    await ended(server);
  });

  test('when its process and the supervisor are killed at once, as by `killall -9 node`', async () => {
    const { owner, server, supervisor } = await owned();
    // So that it can't act between the two.
    process.kill(supervisor, 'SIGSTOP');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    process.kill(supervisor, 'SIGKILL');
    await ended(server);
  });
});

/** A shell script as the server. It is killed with the test at the latest. */
async function supervise(
  lines: readonly string[],
  options: Partial<SupervisedServerOptions> = {},
): Promise<SupervisedServer> {
  const file = script(path.join(tempFolder(), 'server'), ...lines);
  const server = await superviseServer({ file, args: [], env: process.env, ...options });
  onTestFinished(() => {
    kill(server.pid);
  });
  return server;
}

/** A server of another process than this. */
async function owned(): Promise<{
  readonly owner: ChildProcess;
  readonly server: number;
  readonly supervisor: number;
}> {
  const note = path.join(tempFolder(), 'supervisor');
  const lines = [`echo "$PPID" > ${note}`, 'echo up', 'exec sleep 600'];
  const file = script(path.join(tempFolder(), 'server'), ...lines);
  const program = path.join(import.meta.dirname, 'programs/supervised.ts');
  const owner = fork(program, [file], { execArgv: ['--import', 'tsx'] });
  onTestFinished(() => {
    owner.kill('SIGKILL');
  });
  const [server] = (await once(owner, 'message')) as [number];
  onTestFinished(() => {
    kill(server);
  });
  return { owner, server, supervisor: Number(readFileSync(note, 'utf8')) };
}

/** Resolves when the process is gone: within two seconds, or the test fails. */
async function ended(pid: number): Promise<void> {
  await vi.waitFor(
    () => {
      expect(isRunning(pid), 'the server is running').toBe(false);
    },
    { timeout: 2000, interval: 10 },
  );
}

/** An orphan that has ended may stay in the process table for a while: until the system's first process asks. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    // Not Linux, or gone by now.
    return process.platform !== 'linux';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
