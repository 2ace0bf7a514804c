import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { DefinitionError, NonRetryableError } from '../../src/plan/errors.js';
import type { JsonObject } from '../../src/plan/json.js';
import { mcpTools, type McpOptions, type McpTools } from '../../src/tools/index.js';
import { call, failureOf } from './call.js';
import { isAlive, program, serveMcp, startMcp } from './mcp-servers.js';
import { send, serve, unserved } from './server.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the tools of a server', () => {
  test('are those that it lists, with its schemas', async () => {
    const { tools } = await toolsOf(program());
    expect(tools.map(({ name }) => name)).toContain('who_is');
    expect(tools.find(({ name }) => name === 'add')).toMatchObject({
      description: 'Adds.',
      parameters: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
    });
    expect(tools.find(({ name }) => name === 'who_is')?.description).toBe('Its process');
    expect(tools[0]?.parameters).not.toHaveProperty('$schema');
  });

  test('may be chosen, named apart, and have a policy', async () => {
    const { tools } = await toolsOf({
      ...program(),
      ...{ only: ['add', 'who.is'], prefix: 'x_', maxRetries: 0, timeout: '1 minute' },
    });
    expect([...tools]).toMatchObject([
      { name: 'x_add', policy: { maxRetries: 0, timeout: 60_000 } },
      { name: 'x_who_is' },
    ]);
  });

  test('that it has not can not be chosen', async () => {
    await expect(mcpTools({ ...program(), only: ['add', 'subtract'] })).rejects.toThrow(
      /^mcpTools: `only` must name tools of the server, which has add, who\.is, .*, got "subtract"$/,
    );
  });

  test('end, though its list does not', async () => {
    const { tools } = await toolsOf(program('endless'));
    expect(tools).toHaveLength(1_000);
  });
});

describe.each(['program', 'HTTP', 'HTTP without streams'])('a call, by %s', (how) => {
  let tools: McpTools;
  let kill = (): Promise<void> => Promise.resolve();

  beforeAll(async () => {
    if (how === 'program') {
      tools = await mcpTools(program());
    } else {
      const served = await startMcp({ flags: how === 'HTTP' ? [] : ['json'] });
      kill = served.kill;
      tools = await mcpTools({ url: served.url, headers: { 'x-key': 'a-key' } });
    }
  });

  afterAll(async () => {
    await tools.close();
    await kill();
  });

  const ask = (...asked: Asked) => askOf(tools, ...asked);

  test('gives what the tool says', async () => {
    expect(await ask('add', { a: 2, b: 3 })).toBe('5');
    expect(await ask('add', { a: 2 })).toBe('3');
    expect(await ask('structured')).toEqual({ list: [1, 2] });
    expect(await ask('mixed')).toBe('See:\n\n[image, image/png]\n\nA text.');
  });

  test('carries the key by which a repetition is known, and the headers', async () => {
    expect(JSON.parse(String(await ask('about_call')))).toMatchObject({
      meta: { 'outlast/idempotencyKey': 'key' },
      ...(how !== 'program' && { key: 'a-key' }),
    });
  });

  test('whose arguments are refused does not reach the server', async () => {
    await expect(ask('add', { a: 'two' })).rejects.toThrow(/^a: /);
    await expect(ask('add')).rejects.toThrow(/^a: /);
  });

  test('that fails tells what the tool says, and is not tried again', async () => {
    const error = await failureOf(ask('fail'));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe('There is no such page.');
  });

  test('with an answer that is too long ends, and the next one works', async () => {
    const error = await failureOf(ask('large', { bytes: 11_000_000 }));
    expect(error.message).toContain('broke off');
    expect(await ask('large', { bytes: 300_000 })).toHaveLength(200_000);
  });

  test('ends with its signal, and the next one works', async () => {
    await ask('who_is');
    const controller = new AbortController();
    const sleeping = ask('sleep', {}, controller.signal);
    controller.abort(new Error('The run is cancelled.'));
    await expect(sleeping).rejects.toThrow('The run is cancelled.');
    await expect(ask('add', { a: 1 })).resolves.toBe('2');
    await expect(ask('add', { a: 1 }, controller.signal)).rejects.toThrow('The run is cancelled.');
  });

  test('shares the connection with others at the same time', async () => {
    const pids = await Promise.all([ask('who_is'), ask('who_is'), ask('slow'), ask('who_is')]);
    expect(new Set(pids)).toEqual(new Set([pids[0], 'done']));
  });
});

describe('a program', () => {
  test('is one for all tools of the same server, and starts again after it died', async () => {
    const one = await toolsOf(program());
    const other = await toolsOf(program());
    const pid = Number(await one.ask('who_is'));
    expect(Number(await other.ask('who_is'))).toBe(pid);
    await killed(pid);
    const next = Number(await one.ask('who_is'));
    expect(next).not.toBe(pid);
    expect(isAlive(next)).toBe(true);
  });

  test('that dies in the midst of a call fails it, to be tried again', async () => {
    const { ask } = await toolsOf(program());
    const pid = Number(await ask('who_is'));
    const sleeping = failureOf(ask('sleep'));
    // Its answer comes after the call before has reached it.
    await ask('add', { a: 1 });
    await killed(pid);
    const error = await sleeping;
    expect(error).not.toBeInstanceOf(NonRetryableError);
    expect(error.message).toMatch(/^The MCP server node can't be reached, or broke off: .*closed/);
    expect(await ask('add', { a: 1 })).toBe('2');
  });

  test('ends when nobody has used it for a while, not before', async () => {
    const { ask } = await toolsOf({ ...program(), idleTimeout: 100 });
    const pid = Number(await ask('who_is'));
    expect(await ask('slow')).toBe('done');
    expect(Number(await ask('who_is'))).toBe(pid);
    await vi.waitFor(() => {
      expect(isAlive(pid)).toBe(false);
    }, 5_000);
    expect(Number(await ask('who_is'))).not.toBe(pid);
  });

  test('ends with `close`', async () => {
    const { tools, ask } = await toolsOf(program('closed'));
    const pid = Number(await ask('who_is'));
    await tools.close();
    expect(isAlive(pid)).toBe(false);
    expect(Number(await ask('who_is'))).not.toBe(pid);
  });

  test('gets nothing of the environment but what it is given', async () => {
    vi.stubEnv('WORKER_SECRET', 'secret');
    const { ask } = await toolsOf({ ...program(), env: { GIVEN: 'given' } });
    expect(await ask('env', { name: 'WORKER_SECRET' })).toBe('not set');
    expect(await ask('env', { name: 'GIVEN' })).toBe('given');
    expect(await ask('env', { name: 'PATH' })).toBe(process.env['PATH']);
  });

  test('that is not there is named', async () => {
    await expect(mcpTools({ command: '/no/such/program', args: ['--key=secret'] })).rejects.toThrow(
      "The MCP server program can't be reached, or broke off: spawn /no/such/program ENOENT",
    );
  });

  test('that speaks something else is left', async () => {
    await expect(
      mcpTools({ command: process.execPath, args: ['-e', 'console.log("Hello!")'] }),
    ).rejects.toThrow("The MCP server node can't be reached, or broke off: MCP error -32000");
  });
});

test('a process that only asked for the tools ends by itself', async () => {
  const client = path.join(import.meta.dirname, 'programs/mcp-client.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [client], { timeout: 20_000 });
  expect(Number(stdout)).toBeGreaterThan(5);
});

describe('a server over HTTP', () => {
  test('that was started again is asked in a new session', async () => {
    const first = await serveMcp();
    const { ask } = await toolsOf({ url: first.url });
    const pid = await ask('who_is');
    await first.kill();
    await serveMcp({ port: first.port });
    expect(await ask('who_is')).not.toBe(pid);
  });

  test.each([[[]], [['json']]])(
    'that dies in the midst of a call fails it, to be tried again (%j)',
    async (flags) => {
      const first = await serveMcp({ flags });
      const { ask } = await toolsOf({ url: first.url });
      const sleeping = failureOf(ask('sleep'));
      await ask('add', { a: 1 });
      await first.kill();
      const error = await sleeping;
      expect(error).not.toBeInstanceOf(NonRetryableError);
      expect(error.message).toContain(`The MCP server ${first.url} can't be reached, or broke off`);
      await expect(ask('add', { a: 1 })).rejects.toThrow('ECONNREFUSED');
      await serveMcp({ port: first.port, flags });
      expect(await ask('add', { a: 1 })).toBe('2');
    },
  );

  test('that redirects elsewhere is not followed, so nobody else gets the headers', async () => {
    const other = await serve((response) => {
      send(response, '{}');
    });
    const { url } = await serve((response) => {
      send(response, '', { status: 307, headers: { location: other.url.href } });
    });
    await expect(mcpTools({ url, headers: { 'x-key': 'secret' } })).rejects.toThrow('redirect');
    expect(other.asked).toEqual([]);
  });

  test('that refuses the key repeats it to nobody, and is not asked again', async () => {
    const { url } = await serve((response, { headers }) => {
      send(response, `Invalid: ${String(headers.authorization)}`, { status: 401 });
    });
    const error = await failureOf(mcpTools({ url, headers: { authorization: 'Bearer s3cret' } }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toContain('Invalid: [key]');
    expect(error.message).not.toContain('s3cret');
  });

  test('that is not there is named without its query', async () => {
    const { origin } = await unserved();
    const { message } = await failureOf(mcpTools({ url: `${origin}/mcp?key=secret` }));
    expect(message).toContain(
      `The MCP server ${origin}/mcp can't be reached, or broke off: connect`,
    );
    expect(message).not.toContain('secret');
  });
});

test.each<[unknown, string]>([
  [{}, '`command` must be given, or `url`, and not both'],
  [{ command: 'a', url: 'http://a' }, '`command` must be given, or `url`, and not both'],
  [{ command: 'a', args: 'b' }, '`args` must be a list of strings'],
  [{ command: 'a', env: { A: 1 } }, '`env` must be an object of strings'],
  [{ command: 'a', headers: {} }, '`headers` must go with `url`'],
  [{ url: 'http://a', args: [] }, '`args` must go with `command`'],
  [{ url: 'ftp://a' }, '`url` must be an address'],
  [{ command: 'a', maxRetries: -1 }, '`maxRetries` must be an integer from 0'],
  [{ command: 'a', idleTimeout: 0 }, '`idleTimeout` must be'],
  [{ command: 'a', tools: [] }, 'must have no option `tools`'],
])('the options %j are refused', async (options, message) => {
  const error = await failureOf(mcpTools(options as McpOptions));
  expect(error).toBeInstanceOf(DefinitionError);
  expect(error.message).toContain(message);
});

/** The tools of a server, which ends with the test. */
async function toolsOf(options: McpOptions) {
  const tools = await mcpTools(options);
  onTestFinished(() => tools.close());
  return { tools, ask: (...asked: Asked) => askOf(tools, ...asked) };
}

type Asked = [name: string, args?: JsonObject, signal?: AbortSignal];

function askOf(tools: McpTools, ...[name, args = {}, signal]: Asked): Promise<unknown> {
  const tool = tools.find((each) => each.name === name);
  return call(tool, args, signal === undefined ? {} : { signal });
}

/** Kills a server as a crash does, and waits until it is gone. */
async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => {
    expect(isAlive(pid)).toBe(false);
  });
}
