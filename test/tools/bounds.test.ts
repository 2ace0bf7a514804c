import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Tool } from '../../src/definition/tool.js';
import { NonRetryableError } from '../../src/plan/errors.js';
import { mayFollow } from '../../src/tools/bounded-fetch.js';
import { createDuckDuckGo } from '../../src/tools/duckduckgo/tools.js';
import { createExa } from '../../src/tools/exa/tools.js';
import { call } from './call.js';
import { send, serve, unserved } from './server.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The tools that reach out, of a server at `url`. */
const SEARCHES: Readonly<Record<string, (url: URL, timeout?: number) => readonly Tool[]>> = {
  DuckDuckGo: (url, timeout = 15_000) =>
    createDuckDuckGo({ timeout }, { html: url, home: url, news: url }),
  Exa: (url, timeout = 15_000) => createExa({ timeout }, url.origin),
};

describe.each(Object.keys(SEARCHES))('%s', (who) => {
  /** Searches, with `answer` in the place of the real server. */
  async function searching(
    answer: (response: ServerResponse) => unknown,
    { timeout, signal }: { timeout?: number; signal?: AbortSignal } = {},
  ): Promise<unknown> {
    vi.stubEnv('EXA_API_KEY', 'a-key');
    const { url } = await serve(answer);
    const [search] = SEARCHES[who]?.(url, timeout) ?? [];
    return call(search, { query: 'a' }, signal === undefined ? {} : { signal });
  }

  test('an answer that is cut off is none', async () => {
    const search = searching((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('<html>', () => response.destroy());
    });
    await expect(search).rejects.toThrow(new RegExp(`^${who} broke off its answer: .+\\.$`));
  });

  test('a server that is not there is named', async () => {
    vi.stubEnv('EXA_API_KEY', 'a-key');
    const { host, href } = await unserved();
    const [search] = SEARCHES[who]?.(new URL(href)) ?? [];
    await expect(call(search, { query: 'a' })).rejects.toThrow(
      `${who} can't be reached: connect ECONNREFUSED ${host}.`,
    );
  });

  test('an answer without end is left', async () => {
    let sent = 0;
    const closed: Promise<unknown>[] = [];
    const search = searching((response) => {
      closed.push(once(response, 'close'));
      const more = (): void => {
        if (response.destroyed) return;
        sent += 65_536;
        response.write(Buffer.alloc(65_536, 'a'), more);
      };
      more();
    });
    await expect(search).rejects.toThrow(`${who} answered with more than 2 MB.`);
    expect(await Promise.all(closed)).toHaveLength(1);
    expect(sent).toBeLessThan(50_000_000);
  });

  test('an answer that is small until it is unpacked is left', async () => {
    const packed = gzipSync(Buffer.alloc(20_000_000));
    expect(packed.length).toBeLessThan(50_000);
    const search = searching((response) => {
      send(response, packed, { headers: { 'content-encoding': 'gzip' } });
    });
    await expect(search).rejects.toThrow(`${who} answered with more than 2 MB.`);
  });

  test('redirects without end are left', async () => {
    let asked = 0;
    const search = searching((response) => {
      send(response, '', { status: 302, headers: { location: `/${++asked}` } });
    });
    await expect(search).rejects.toThrow(
      new RegExp(`^${who} redirects once more than is followed, to 127\\.0\\.0\\.1:\\d+\\.$`),
    );
    expect(asked).toBe(who === 'Exa' ? 1 : 4);
  });

  test.each([
    ['another site', 'http://localhost:1/', 'localhost:1'],
    ['a file', 'file:///etc/passwd', 'file:'],
    ['a page that is its own address', 'data:text/html,a', 'data:'],
    ['no address', 'http://[', 'no address'],
  ])('a redirect to %s is not followed', async (_, location, shown) => {
    const search = searching((response) => {
      send(response, '', { status: 302, headers: { location } });
    });
    const error: unknown = await search.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(String(error)).toContain(`${who} redirects to ${shown}, which isn't followed.`);
  });

  test.each([
    ['answers nothing', () => undefined],
    ['stops in its answer', (response: ServerResponse) => response.write('<html>')],
  ])('a server that %s has its time', async (_, answer) => {
    await expect(searching(answer, { timeout: 200 })).rejects.toThrow(
      `${who} didn't answer within 0.2 s.`,
    );
  });

  test('the signal ends it in the midst of an answer, and the connection with it', async () => {
    const controller = new AbortController();
    const closed: Promise<unknown>[] = [];
    const search = searching(
      (response) => {
        closed.push(once(response, 'close'));
        response.write('<html>', () => {
          controller.abort(new Error('The run is cancelled.'));
        });
      },
      { signal: controller.signal },
    );
    await expect(search).rejects.toThrow('The run is cancelled.');
    expect(await Promise.all(closed)).toHaveLength(1);
  });

  test('nothing is asked once the signal has fired', async () => {
    const answer = vi.fn();
    const signal = AbortSignal.abort(new Error('The run is cancelled.'));
    await expect(searching(answer, { signal })).rejects.toThrow('The run is cancelled.');
    expect(answer).not.toHaveBeenCalled();
  });

  test('a call that ended holds on to nothing', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await searching((response) => response.destroy(), { signal }).catch(() => undefined);
    expect(added).toHaveBeenCalled();
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });
});

test('the two requests of a search of the news share its time', async () => {
  const { url } = await serve((response, { path }) => {
    if (path === '/')
      setTimeout(() => {
        send(response, 'vqd="4-1"');
      }, 500);
  });
  const addresses = { html: url, home: url, news: new URL('/news.js', url) };
  const [, news] = createDuckDuckGo({ timeout: 1_000 }, addresses);
  const began = performance.now();
  await expect(call(news, { query: 'a' })).rejects.toThrow(/didn't answer within 1 s\.$/);
  expect(performance.now() - began).toBeLessThan(1_400);
});

test.each([
  [303, 'GET', ''],
  [302, 'GET', ''],
  [307, 'POST', 'q=a&b=&kl=wt-wt&kp=-1'],
  [308, 'POST', 'q=a&b=&kl=wt-wt&kp=-1'],
])('a redirect of status %i within the site is followed as %s', async (status, method, body) => {
  const { url, asked } = await serve((response, { path }) => {
    if (path === '/') send(response, '', { status, headers: { location: '/there' } });
    else send(response, '<p class="no-results">No results.</p>');
  });
  const [search] = createDuckDuckGo({}, { html: url, home: url, news: url });
  expect(await call(search, { query: 'a' })).toEqual([]);
  expect(asked[1]).toMatchObject({ path: '/there', method, body });
  expect('content-type' in (asked[1]?.headers ?? {})).toBe(method === 'POST');
});

test('what a redirect says beside its address is not waited for', async () => {
  const closed: Promise<unknown>[] = [];
  const { url } = await serve((response, { path }) => {
    if (path === '/') {
      closed.push(once(response, 'close'));
      response.writeHead(302, { location: '/there' }).write('You are redirected');
    } else send(response, '<p class="no-results">No results.</p>');
  });
  const [search] = createDuckDuckGo({}, { html: url, home: url, news: url });
  expect(await call(search, { query: 'a' })).toEqual([]);
  expect(await Promise.all(closed)).toHaveLength(1);
}, 5_000);

test.each([
  ['https://html.duckduckgo.com/html/', 'https://duckduckgo.com/html/', true],
  ['https://duckduckgo.com/', 'https://html.duckduckgo.com/', true],
  ['https://duckduckgo.com/', 'https://duckduckgo.com:8443/', true],
  ['http://127.0.0.1:1/', 'http://127.0.0.1:2/', true],
  ['https://duckduckgo.com/', 'http://duckduckgo.com/', false],
  ['https://duckduckgo.com/', 'https://google.com/', false],
  ['https://duckduckgo.com/', 'https://notduckduckgo.com/', false],
  ['https://duckduckgo.com/', 'https://duckduckgo.com.evil.example/', false],
  ['https://duckduckgo.com/', 'http://169.254.169.254/', false],
  ['https://duckduckgo.com/', 'ftp://duckduckgo.com/', false],
])('a redirect from %s to %s is followed: %s', (from, to, followed) => {
  expect(mayFollow(new URL(from), new URL(to))).toBe(followed);
});
