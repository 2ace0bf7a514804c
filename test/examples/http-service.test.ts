import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import { startDevServer } from '../../src/local/index.js';
import { descendantsOf, isAlive, launch, start, type Program } from './program.js';

const SERVICE = 'http-service/server.ts';
const NOWHERE = '127.0.0.1:1';

describe('the service', () => {
  let program: Program;
  let url = '';
  let client: Outlast;

  beforeAll(async () => {
    // Neither the port nor the server of somebody else.
    program = launch(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: '' });
    url = await addressOf(program);
    const [, address = ''] = /^Temporal +(\S+)$/m.exec(program.said()) ?? [];
    client = await connect({ address });
  });

  afterAll(async () => {
    await client.close();
    program.child.kill('SIGKILL');
    await program.ended;
  });

  const post = (body: string | null): Promise<Response> =>
    fetch(`${url}/process`, { method: 'POST', body });
  const get = (path: string): Promise<Response> => fetch(url + path);
  const started = async (topic: string): Promise<string> => {
    const { runId } = await bodyOf(await post(JSON.stringify({ topic })));
    return runId as string;
  };

  test('starts a run, says where its status is, and while it is open that it is', async () => {
    const accepted = await post('{"topic": "Solar power"}');
    expect(accepted.status).toBe(202);
    const { runId, ...rest } = await bodyOf(accepted);
    expect(runId).toMatch(/^report-[\w-]{36}$/);
    expect(rest).toEqual({ status: 'pending' });
    expect(accepted.headers.get('location')).toBe(`/status/${runId as string}`);

    const status = await get(`/status/${runId as string}`);
    expect(status.status).toBe(200);
    expect(await bodyOf(status)).toEqual({
      runId,
      status: expect.stringMatching(/^(?:pending|running)$/),
      completed: false,
      finished: false,
    });
    const result = await get(`/result/${runId as string}`);
    expect(result.status).toBe(409);
    expect(Number(result.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await bodyOf(result))['error']).toMatch(/^The run is (?:pending|running)\.$/);
  });

  test('gives the content of a run that is completed', async () => {
    const runId = await started('wind power');
    await client.waitForRun(runId);
    const status = await get(`/status/${runId}`);
    expect(await bodyOf(status)).toEqual({
      runId,
      status: 'completed',
      completed: true,
      finished: true,
    });
    const result = await get(`/result/${runId}`);
    expect(result.status).toBe(200);
    expect(await bodyOf(result)).toEqual({
      runId,
      content: '# wind power\n\nBlades turn wind into rotation. Offshore it is steadier.\n',
    });
  });

  test('says why a run failed', async () => {
    const runId = await started('dragons');
    await client.waitForRun(runId);
    const status = await get(`/status/${runId}`);
    expect(await bodyOf(status)).toMatchObject({
      status: 'failed',
      completed: true,
      finished: true,
    });
    const result = await get(`/result/${runId}`);
    expect(result.status).toBe(500);
    expect(await bodyOf(result)).toEqual({
      runId,
      error: { code: 'STEP_FAILED', message: 'There are no notes on dragons.', step: 'Research' },
    });
  });

  test('says that a run was cancelled', async () => {
    const runId = await started('solar power');
    await client.cancelRun(runId);
    await client.waitForRun(runId);
    const status = await get(`/status/${runId}`);
    expect(await bodyOf(status)).toMatchObject({
      status: 'cancelled',
      completed: false,
      finished: true,
    });
    const result = await get(`/result/${runId}`);
    expect(result.status).toBe(410);
    expect(await bodyOf(result)).toEqual({ runId, error: 'The run was cancelled.' });
  });

  test.each([
    ['no body', null, /^The body must be JSON: /],
    ['no JSON', 'topic=bees', /^The body must be JSON: /],
    ['half of a JSON', '{"topic": ', /^The body must be JSON: /],
    ['no object', '[]', /expected object, received array/],
    ['null', 'null', /expected object, received/],
    ['no topic', '{}', /topic: .*expected string, received undefined/],
    ['a topic of another type', '{"topic": 7}', /topic: .*expected string, received number/],
    ['an empty topic', '{"topic": "  "}', /topic: Too small/],
    ['a topic that is too long', JSON.stringify({ topic: 'x'.repeat(201) }), /topic: Too big/],
  ])('refuses a body: %s', async (_, body, error) => {
    const refused = await post(body);
    expect(refused.status).toBe(400);
    expect((await bodyOf(refused))['error']).toMatch(error);
  });

  test.each(['with its length', 'in chunks'])(
    'refuses a body that is too large, %s',
    async (how) => {
      const chunk = Buffer.from(`{"topic": "${'x'.repeat(1_000_000)}"}`);
      const chunked = how === 'in chunks';
      const response = await fetch(`${url}/process`, {
        method: 'POST',
        body: chunked ? new Blob([chunk]).stream() : chunk,
        ...(chunked && { duplex: 'half' as const }),
      });
      expect(response.status).toBe(413);
      expect(await bodyOf(response)).toEqual({ error: 'The body must have at most 65536 bytes.' });
    },
  );

  test.each([
    ['a word', 'nobody'],
    ['a slash', 'a%2Fb'],
    ['two dots', '..%2F..'],
    ['a space', '%20'],
    ['an umlaut and an emoji', 'Z%C3%BCrich%F0%9F%90%9D'],
    ['what is no encoding', '%ZZ%'],
    ['a null byte', '%00'],
    ['more than a run id may have', 'x'.repeat(1_500)],
  ])('knows no run of an id with %s', async (_, id) => {
    for (const route of ['status', 'result']) {
      const response = await get(`/${route}/${id}`);
      expect(response.status).toBe(404);
      expect(await bodyOf(response)).toEqual({ error: 'There is no such run.' });
    }
  });

  test('finds the run of an id that has to be encoded', async () => {
    const runId = 'Zürich/50 % off? 🐝';
    await client.run('Report', { topic: 'wind power' }, { background: true, runId });
    const response = await get(`/status/${encodeURIComponent(runId)}`);
    expect(response.status).toBe(200);
    expect((await bodyOf(response))['runId']).toBe(runId);
  });

  test("doesn't show the runs of other workflows", async () => {
    const { runId } = await client.run('Payroll', null, { background: true });
    expect((await get(`/status/${runId}`)).status).toBe(404);
    expect((await get(`/result/${runId}`)).status).toBe(404);
  });

  test('knows no other routes', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/process'],
      ['GET', '/status/a/b'],
      ['DELETE', '/status/a'],
    ] as const) {
      const response = await fetch(url + path, { method });
      expect(response.status).toBe(404);
      expect(await bodyOf(response)).toEqual({ error: `There is no ${method} ${path}.` });
    }
  });
});

describe('without a Temporal server', () => {
  test('the service starts, starts no other, and each route says when to try again', async () => {
    const program = start(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: NOWHERE });
    const url = await addressOf(program);
    expect(program.said()).toContain(`Temporal  ${NOWHERE}\n`);
    const responses = await Promise.all([
      fetch(`${url}/process`, { method: 'POST', body: '{"topic": "wind power"}' }),
      fetch(`${url}/status/a`),
      fetch(`${url}/result/a`),
    ]);
    for (const response of responses) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await bodyOf(response)).toEqual({
        error: 'Runs can be neither started nor read just now.',
      });
    }
    program.child.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('it says the same when the server has gone, and goes on when it is back', async () => {
    let server = await startDevServer({ port: 0, uiPort: 0 });
    const port = Number(server.address.split(':')[1]);
    const program = start(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: server.address });
    const url = await addressOf(program);
    expect((await fetch(`${url}/status/a`)).status).toBe(404);
    await server.close();
    expect((await fetch(`${url}/status/a`)).status).toBe(503);
    server = await startDevServer({ port, uiPort: 0 });
    const status = async (): Promise<number> => (await fetch(`${url}/status/a`)).status;
    await expect.poll(status, { timeout: 20_000 }).toBe(404);
    await server.close();
  });
});

describe('beside a worker', () => {
  test('the service has its runs done by another process', async () => {
    const { address } = inject('temporal');
    const program = start(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: address });
    const url = await addressOf(program);
    const { runId } = await bodyOf(
      await fetch(`${url}/process`, { method: 'POST', body: '{"topic": "solar power"}' }),
    );
    start('worker.ts', [], { TEMPORAL_ADDRESS: address });
    await using client = await connect({ address });
    await client.waitForRun(runId as string);
    const result = await bodyOf(await fetch(`${url}/result/${runId as string}`));
    expect(result['content']).toContain('# solar power');
  });

  test('it answers what is under way when it is told to stop, and takes nothing new', async () => {
    const { address } = inject('temporal');
    const program = start(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: address });
    const url = await addressOf(program);
    const body = '{"topic": "wind power"}';
    const slow = httpRequest(`${url}/process`, {
      method: 'POST',
      headers: { 'Content-Length': body.length },
    });
    const answer = once(slow, 'response');
    slow.write(body.slice(0, 5));
    // The service has the beginning of it when it has answered a later one.
    await fetch(`${url}/status/a`);
    program.child.kill('SIGTERM');
    await expect.poll(() => fetch(url).catch(() => null), { timeout: 5_000 }).toBeNull();
    slow.end(body.slice(5));
    const [{ statusCode }] = (await answer) as [{ statusCode: number }];
    expect(statusCode).toBe(202);
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

test('Ctrl-C stops the service and its own server, and leaves no process', async () => {
  const program = start(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: '' });
  await addressOf(program);
  const children = descendantsOf(program.child.pid);
  expect(children.length).toBeGreaterThan(1);
  program.child.kill('SIGINT');
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/\nStopped\.\n$/);
  await expect.poll(() => children.filter(isAlive), { timeout: 5_000 }).toEqual([]);
});

test('a port that is none, or is taken, is told in a line', async () => {
  const none = start(SERVICE, [], { PORT: 'http', TEMPORAL_ADDRESS: NOWHERE });
  expect(await none.ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^options\.port should be .*\n$/),
  });
  const first = start(SERVICE, [], { PORT: '0', TEMPORAL_ADDRESS: NOWHERE });
  const PORT = new URL(await addressOf(first)).port;
  const second = start(SERVICE, [], { PORT, TEMPORAL_ADDRESS: NOWHERE });
  expect(await second.ended).toMatchObject({
    code: 1,
    stderr: `listen EADDRINUSE: address already in use 127.0.0.1:${PORT}\n`,
  });
});

async function addressOf(program: Program): Promise<string> {
  await program.wrote('Temporal');
  const [, url = ''] = /^Serves +(\S+)$/m.exec(program.said()) ?? [];
  return url;
}

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
