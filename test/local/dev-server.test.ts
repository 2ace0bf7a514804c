import { Client, Connection } from '@temporalio/client';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import {
  startDevServer,
  type DevServer,
  type StartDevServerOptions,
} from '../../src/local/dev-server.js';
import { tempFolder } from '../support/temp-folder.js';

describe('a dev server', () => {
  test('serves its Web UI', async () => {
    const { uiUrl } = inject('temporal');
    expect(await (await fetch(uiUrl)).text()).toContain('<!doctype html>');
    const settings: unknown = await (await fetch(`${uiUrl}/api/v1/settings`)).json();
    expect(settings).toHaveProperty('DefaultNamespace');
  });

  test('tells what it is, and ends by `close`', async () => {
    const server = await start({ namespace: 'shop' });
    expect(server).toMatchObject({
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      uiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      namespace: 'shop',
      file: null,
      cli: { version: expect.stringMatching(/^\d+\.\d+/) },
    });
    await server.close();
    await expect(fetch(server.uiUrl)).rejects.toThrow();
    // Nothing is kept, so that there is nothing to wait for.
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('starts on free ports beside another that starts at the same time', async () => {
    const [one, two] = await Promise.all([
      start({ port: undefined, uiPort: undefined }),
      start({ port: undefined, uiPort: undefined }),
    ]);
    const places = [one.address, one.uiUrl, two.address, two.uiUrl];
    expect(new Set(places.map((place) => place.split(':').at(-1))).size).toBe(4);
  });

  test('starts on another port where that of its Web UI is taken as it starts', async () => {
    const servers = await Promise.all([start({ uiPort: undefined }), start({ uiPort: undefined })]);
    const [one, two] = servers.map(({ uiUrl }) => uiUrl);
    expect(one).not.toBe(two);
  });

  test('starts whatever proxies and presets of the CLI the environment names', async () => {
    const proxy = 'http://127.0.0.1:1';
    for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) vi.stubEnv(name, proxy);
    vi.stubEnv('TEMPORAL_ENV', 'nowhere');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const server = await start({});
    expect(server.pid).toBeGreaterThan(0);
  });
});

describe('with a file', () => {
  test('it is given the time to end by itself', async () => {
    const server = await start({ file: path.join(tempFolder(), 'workflow.db') });
    await server.close();
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  test('runs are kept when the server is killed, and it starts on the same port at once', async () => {
    // The folders are missing, and one has a name that means something in a URL.
    const file = path.join(tempFolder(), 'C# 100%/tmp', 'workflow.db');
    const first = await start({ file });
    await startRun(first, 'kept');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;

    const second = await start({ file, port: portOf(first.address), uiPort: portOf(first.uiUrl) });
    expect(await statusOf(second, 'kept')).toBe('RUNNING');
    expect(existsSync(file)).toBe(true);
  });

  test('no second server starts, and the first goes on', async () => {
    const file = path.join(tempFolder(), 'workflow.db');
    const first = await start({ file });
    await expect(start({ file })).rejects.toMatchObject({
      name: 'FileInUseError',
      code: 'FILE_IN_USE',
      file,
    });
    await startRun(first, 'after');
    expect(await statusOf(first, 'after')).toBe('RUNNING');
  });

  test('that is no database, the error has what the server said', async () => {
    await expect(start({ file: import.meta.filename })).rejects.toMatchObject({
      name: 'DevServerError',
      output: expect.stringContaining('not a database'),
    });
  });

  test('below a file, the error tells that the folder cannot be made', async () => {
    const file = path.join(import.meta.filename, 'folder', 'workflow.db');
    await expect(start({ file })).rejects.toThrow(/folder of `file` can't be made: ENOTDIR/);
  });
});

test('a port that is asked for and taken is an error that names it', async () => {
  const port = portOf(inject('temporal').address);
  await expect(start({ port })).rejects.toMatchObject({ name: 'PortInUseError', port });
});

test('a start is ended by its signal, with its reason', async () => {
  const stop = new AbortController();
  const starting = start({
    signal: stop.signal,
    // The first thing that is done once the server runs is to log, or to get ready.
    onSource: () =>
      setTimeout(() => {
        stop.abort(new Error('enough'));
      }, 300),
  });
  await expect(starting).rejects.toThrow('enough');
});

test.each<[StartDevServerOptions, string]>([
  [{ port: 70_000 }, '`port` must be an integer from 0 to 65535, got 70000'],
  [{ uiPort: 1.5 }, '`uiPort` must be an integer from 0 to 65535, got 1.5'],
  [{ port: 7233, uiPort: 7233 }, '`uiPort` must differ from `port`, got 7233'],
  [{ file: '' }, '`file` must be a string that is not empty, got ""'],
  [{ namespace: '' }, '`namespace` must be a string that is not empty, got ""'],
  [{ file: 'tmp/a#b' }, '`file` must be the path of a file without `?`, `#` and `%` in its name'],
])('%o is refused', async (options, message) => {
  await expect(startDevServer(options)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining(message),
  });
});

/** On free ports, unless others are asked for. It ends with the test at the latest. */
async function start(options: StartDevServerOptions): Promise<DevServer> {
  const server = await startDevServer({ port: 0, uiPort: 0, ...options });
  let ended = false;
  void server.exited.then(() => (ended = true));
  onTestFinished(async () => {
    // Quicker than asking: nothing is kept that matters.
    if (!ended) process.kill(server.pid, 'SIGKILL');
    await server.exited;
  });
  return server;
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}

/** Starts a workflow that no worker takes. */
async function startRun(server: DevServer, workflowId: string): Promise<void> {
  await using client = await clientOf(server);
  await client.workflow.start('Any', { workflowId, taskQueue: 'nobody' });
}

async function statusOf(server: DevServer, workflowId: string): Promise<string> {
  await using client = await clientOf(server);
  return (await client.workflow.getHandle(workflowId).describe()).status.name;
}

async function clientOf({ address }: DevServer): Promise<Client & AsyncDisposable> {
  const connection = await Connection.connect({ address });
  const close = (): Promise<void> => connection.close();
  return Object.assign(new Client({ connection }), { [Symbol.asyncDispose]: close });
}
