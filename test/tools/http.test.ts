import { describe, expect, test, vi } from 'vitest';
import { DefinitionError, NonRetryableError } from '../../src/plan/errors.js';
import { guardedLookup, isPublic, type Resolve } from '../../src/tools/http/addresses.js';
import { createHttp, type HttpOptions } from '../../src/tools/http/tools.js';
import { httpTools } from '../../src/tools/index.js';
import { call, failureOf } from './call.js';
import { send, serve, unserved, type Asked } from './server.js';

const HTML = { 'content-type': 'text/html; charset=utf-8' };

describe('reading a page', () => {
  test('gives what a reader sees of it, with its links', async () => {
    const page = `<html><head><title>Bees</title><script>evil()</script></head><body>
      <nav><a href="/home">Home</a></nav><h2>Dance</h2>
      <p>They <b>dance</b> &amp; <a href="/why?a=b">say why</a>, <a href="#top">see</a>,
      <a href="javascript:x">press</a>.</p>
      <table><tr><td>a</td><td>1</td></tr></table></body></html>`;
    const { url } = await serve((response) => {
      send(response, page, { headers: HTML });
    });
    expect(await get({ allow: [url.origin] }, url)).toEqual({
      url: url.href,
      status: 200,
      type: 'text/html',
      text: `# Bees\n## Dance\nThey dance & say why (${url.origin}/why?a=b), see, press.\na | 1`,
    });
  });

  test.each([
    ['application/json', '{"a": [1]}', '{"a": [1]}'],
    ['application/problem+json', '{"a":1}', '{"a":1}'],
    ['text/plain; charset=latin1', Buffer.from([0x67, 0xfc, 0x6e]), 'gün'],
    ['text/plain; charset=nobody-knows', 'gün', 'gün'],
    ['image/png', Buffer.from([0x89, 0x50]), '[image/png, which is no text]'],
    ['text/plain', 'a\0b', '[text/plain, which is no text]'],
  ])('of the type %s gives its text', async (type, body, text) => {
    const { url } = await serve((response) => {
      send(response, body, { headers: { 'content-type': type } });
    });
    expect(await get({ allow: [url.origin] }, url)).toMatchObject({ text });
  });

  test('that is not there is no failure: the model is told the status', async () => {
    const { url } = await serve((response) => {
      send(response, 'No such page.', { status: 404 });
    });
    expect(await get({ allow: [url.origin] }, url)).toMatchObject({
      status: 404,
      text: 'No such page.',
    });
  });

  test.each([429, 500, 503])('of status %i may be tried again', async (status) => {
    const { url } = await serve((response) => {
      send(response, '', { status, headers: { 'retry-after': '5' } });
    });
    const error = await failureOf(get({ allow: [url.origin] }, url));
    expect(error).not.toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe(
      `${url.host} answered with status ${String(status)}. It asks to wait 5 s.`,
    );
  });

  test('is cut after as many characters as are wanted', async () => {
    const { url } = await serve((response) => {
      send(response, 'a'.repeat(100));
    });
    expect(await get({ allow: [url.origin], maxCharacters: 10 }, url)).toMatchObject({
      text: `${'a'.repeat(9)}…`,
    });
  });

  test('has its bytes, redirects and time', async () => {
    const { url } = await serve((response, { path }) => {
      if (path === '/large') send(response, 'a'.repeat(2_000));
      else if (path === '/round') send(response, '', { status: 302, headers: { location: path } });
    });
    const allow = [url.origin];
    const reading = (path: string) =>
      get({ allow, maxBytes: 1_000, redirects: 2, timeout: 200 }, new URL(path, url));
    await expect(reading('/large')).rejects.toThrow('answered with more than 0.001 MB.');
    await expect(reading('/round')).rejects.toThrow('redirects once more than is followed');
    await expect(reading('/never')).rejects.toThrow("didn't answer within 0.2 s.");
  });

  test('that is nowhere says so', async () => {
    const url = await unserved();
    await expect(get({ allow: [url.origin] }, url)).rejects.toThrow(
      `${url.host} can't be reached: connect ECONNREFUSED ${url.host}.`,
    );
  });
});

describe('the allow list', () => {
  test.each([
    ['https://api.example.com', 'https://api.example.com/a?b=c', true],
    ['https://api.example.com/', 'https://API.example.com:443/', true],
    ['HTTPS://Api.Example.COM', 'https://api.example.com/', true],
    ['https://api.example.com', 'http://api.example.com/', false],
    ['https://api.example.com', 'https://api.example.com:8443/', false],
    ['https://api.example.com', 'https://api.example.com.evil.example/', false],
    ['https://api.example.com', 'https://evil.example/api.example.com', false],
    ['https://api.example.com', 'https://evil.example#api.example.com', false],
    ['https://api.example.com', 'https://evil.example\\@api.example.com/', false],
    ['https://api.example.com', 'https://api.example.com./', false],
    ['https://*.example.com', 'https://a.example.com/', true],
    ['https://*.example.com', 'https://a.b.example.com/', true],
    ['https://*.example.com', 'https://example.com/', false],
    ['https://*.example.com', 'https://notexample.com/', false],
    ['https://*.example.com:8443', 'https://a.example.com:8443/', true],
    ['https://*', 'https://whatever.example/', true],
    ['https://*', 'http://whatever.example/', false],
    ['https://*', 'https://whatever.example:444/', false],
  ])('%s allows %s: %s', async (entry, url, allowed) => {
    // Nothing has an address here: what is allowed fails at that.
    const resolve: Resolve = (hostname, _, callback) => {
      callback(new Error(`no ${hostname}`), []);
    };
    const [tool] = createHttp({ allow: [entry] }, resolve);
    const { message } = await failureOf(call(tool, { url }));
    expect(message).toMatch(
      allowed ? / can't be reached: no / : / isn't allowed: the tool reaches /,
    );
  });

  test.each([
    ['api.example.com'],
    ['ftp://example.com'],
    ['https://example.com/v1'],
    ['https://example.com?a'],
    ['https://user@example.com'],
    ['https://a.*.example.com'],
    ['https://*example.com'],
    ['https://*.0.0.1'],
    ['*'],
    [''],
  ])('refuses the entry %j', (entry) => {
    expect(() => httpTools({ allow: [entry] })).toThrow(DefinitionError);
    expect(() => httpTools({ allow: [entry] })).toThrow('`allow[0]` must be');
  });

  test('holds for each redirect', async () => {
    const inside = await serve((response) => {
      send(response, 'secret');
    });
    const { url } = await serve((response, { path }) => {
      const location = path === '/far' ? inside.url.href : '/here';
      if (path === '/here') send(response, 'here');
      else send(response, '', { status: 307, headers: { location } });
    });
    const allow = [url.origin];
    expect(await get({ allow }, new URL('/near', url))).toMatchObject({
      url: `${url.origin}/here`,
      text: 'here',
    });
    const error = await failureOf(get({ allow }, new URL('/far', url)));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe(
      `${url.host} redirects to ${inside.url.host}, which isn't followed.`,
    );
    expect(inside.asked).toEqual([]);
    expect(await get({ allow: [...allow, inside.url.origin] }, new URL('/far', url))).toMatchObject(
      { text: 'secret' },
    );
  });

  test.each([
    ['file:///etc/passwd'],
    ['data:text/plain,a'],
    ['http://'],
    ['//example.com/'],
    [`https://example.com/${'a'.repeat(2_000)}`],
  ])('is not even asked for %s', async (url) => {
    await expect(call(httpTools({ allow: ['https://*'] })[0], { url })).rejects.toThrow('url');
  });

  test('an address with a password is refused', async () => {
    const [tool] = httpTools({ allow: ['https://*'] });
    await expect(call(tool, { url: 'https://a:b@example.com/' })).rejects.toThrow('a password');
  });
});

describe('private addresses', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
  ])('are refused as %s', async (url) => {
    const [tool] = httpTools({ allow: ['http://*'] });
    const error = await failureOf(call(tool, { url }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toContain('is a private address');
  });

  test('are refused behind a name, without a connection to them', async () => {
    const { url, asked } = await serve((response) => {
      send(response, 'secret');
    });
    const [tool] = httpTools({ allow: [`http://localhost:${url.port}`] });
    const error = await failureOf(call(tool, { url: `http://localhost:${url.port}/` }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toMatch(/^localhost \((?:127\.0\.0\.1|::1)\) is a private address/);
    expect(asked).toEqual([]);
  });

  test('are refused where one of a name is private', async () => {
    const resolve = answering([['93.184.216.34', '10.1.2.3']]);
    const [tool] = createHttp({ allow: ['https://*'] }, resolve);
    await expect(call(tool, { url: 'https://two.example/' })).rejects.toThrow(
      'two.example (10.1.2.3) is a private address',
    );
  });

  test('are refused of a name that had a public one before', async () => {
    const lookup = guardedLookup(answering([['93.184.216.34'], ['127.0.0.1']]), false);
    const looked = () =>
      new Promise((resolve) => {
        lookup('rebinding.example', {}, (error, address) => {
          resolve(error ?? address);
        });
      });
    expect(await looked()).toBe('93.184.216.34');
    expect(await looked()).toBeInstanceOf(NonRetryableError);
  });

  test('are looked up once for a connection, which is made to what was found', async () => {
    const { url, asked } = await serve((response) => {
      send(response, 'here');
    });
    const resolve = vi.fn(answering([['127.0.0.1'], ['10.255.255.1']]));
    const host = `http://somewhere.example:${url.port}`;
    const [tool] = createHttp({ allow: [host], allowPrivateAddresses: true }, resolve);
    expect(await call(tool, { url: `${host}/` })).toMatchObject({ text: 'here' });
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(asked[0]?.headers.host).toBe(`somewhere.example:${url.port}`);
  });

  test('stand in no list without being allowed', () => {
    expect(() => httpTools({ allow: ['http://127.0.0.1:8080'] })).toThrow(
      'httpTools: `allow[0]` must be no private address without `allowPrivateAddresses: true`',
    );
  });

  test.each([
    ['8.8.8.8', true],
    ['172.32.0.1', true],
    ['2606:4700:4700::1111', true],
    ['::ffff:8.8.8.8', true],
    ['64:ff9b::808:808', true],
    ['172.31.255.255', false],
    ['100.64.0.1', false],
    ['192.168.1.1', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::a00:1', false],
    ['2002:7f00:1::', false],
    ['2001:db8::1', false],
    ['fe80::1%eth0', false],
    ['ff02::1', false],
    ['no address', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublic(address)).toBe(expected);
  });
});

describe('sending', () => {
  test('is there only where a method is allowed', () => {
    const allow = ['https://*'];
    const namesOf = (methods?: HttpOptions['methods']) =>
      httpTools({ allow, ...(methods && { methods }) }).map(({ name }) => name);
    expect(namesOf()).toEqual(['http_get']);
    expect(namesOf(['GET', 'POST'])).toEqual(['http_get', 'http_send']);
    expect(namesOf(['PUT'])).toEqual(['http_send']);
  });

  test('sends a body, with the key by which a repetition is known', async () => {
    const { url, asked } = await serve((response) => {
      send(response, '{"id":1}', { status: 201, headers: { 'content-type': 'application/json' } });
    });
    const tool = sender(url);
    expect(await call(tool, { method: 'POST', url: url.href, body: '{"a":1}' })).toEqual({
      ...{ url: url.href, status: 201, type: 'application/json', text: '{"id":1}' },
    });
    const [{ method, headers, body }] = asked as [Asked];
    expect([method, body]).toEqual(['POST', '{"a":1}']);
    expect(headers).toMatchObject({ 'idempotency-key': 'key', 'content-type': 'application/json' });
  });

  test('is not tried again, and tells the status of what failed', async () => {
    const { url } = await serve((response) => {
      send(response, 'broken', { status: 500 });
    });
    const tool = sender(url);
    expect(tool?.policy).toMatchObject({ maxRetries: 0 });
    expect(await call(tool, { method: 'POST', url: url.href })).toMatchObject({ status: 500 });
  });

  test.each([
    ['POST', 302, 'GET', ''],
    ['PUT', 302, 'PUT', 'a'],
    ['PUT', 303, 'GET', ''],
    ['DELETE', 307, 'DELETE', 'a'],
  ])('%s, redirected by %i, goes on as %s', async (method, status, then, body) => {
    const { url, asked } = await serve((response, { path }) => {
      if (path === '/') send(response, '', { status, headers: { location: '/there' } });
      else send(response, '');
    });
    await call(sender(url), { method, url: url.href, body: 'a', content_type: 'text/plain' });
    expect(asked[1]).toMatchObject({ path: '/there', method: then, body });
  });

  test('refuses a method that is not allowed, and a type that would be another header', async () => {
    const url = new URL('https://example.com/');
    const [tool] = httpTools({ allow: ['https://*'], methods: ['POST'] });
    await expect(call(tool, { method: 'DELETE', url: url.href })).rejects.toThrow('method');
    await expect(
      call(tool, { method: 'POST', url: url.href, content_type: 'a/b\r\nx: y' }),
    ).rejects.toThrow('content_type');
  });
});

describe('headers of the definition', () => {
  const KEY = 'Bearer b7c1d9e0-1234-4abc';

  test('go to the addresses that they are for, and stand in no answer', async () => {
    const other = await serve((response, { headers }) => {
      send(response, `other: ${String(headers.authorization)}`);
    });
    const { url, asked } = await serve((response, { path, headers }) => {
      if (path === '/away')
        send(response, '', { status: 307, headers: { location: other.url.href } });
      else send(response, `you sent ${String(headers.authorization)}`);
    });
    const [tool] = httpTools({
      ...{ allow: [url.origin, other.url.origin], allowPrivateAddresses: true },
      headers: ({ origin }): Record<string, string> =>
        origin === url.origin ? { authorization: KEY } : {},
    });
    expect(await call(tool, { url: url.href })).toMatchObject({ text: 'you sent [key]' });
    expect(asked[0]?.headers.authorization).toBe(KEY);
    expect(await call(tool, { url: `${url.origin}/away` })).toMatchObject({
      text: 'other: undefined',
    });
  });

  test('that can be none are named without their value', async () => {
    const [tool] = httpTools({
      allow: ['https://*'],
      headers: () => ({ authorization: `${KEY}\r\nx: y` }),
    });
    const { message } = await failureOf(call(tool, { url: 'https://example.com/' }));
    expect(message).toBe('The header "authorization" can\'t be sent.');
  });
});

test.each<[unknown, string]>([
  [{}, '`allow` must be a list of strings'],
  [{ allow: [] }, '`allow` must have at least one origin'],
  [{ allow: ['https://*'], methods: ['TRACE'] }, "`methods[0]` must be 'GET' or 'POST'"],
  [{ allow: ['https://*'], methods: [] }, '`methods` must have at least one method'],
  [{ allow: ['https://*'], headers: { a: 'b' } }, '`headers` must be a function'],
  [{ allow: ['https://*'], redirects: -1 }, '`redirects` must be an integer from 0'],
  [{ allow: ['https://*'], maxBytes: 0 }, '`maxBytes` must be an integer from 1'],
  [{ allow: ['https://*'], private: true }, 'must have no option `private`'],
])('the options %j are refused', (options, message) => {
  expect(() => httpTools(options as HttpOptions)).toThrow(DefinitionError);
  expect(() => httpTools(options as HttpOptions)).toThrow(message);
});

/** Reads an address of a server of the test. */
function get(options: HttpOptions, url: URL): Promise<unknown> {
  const [tool] = httpTools({ allowPrivateAddresses: true, ...options });
  return call(tool, { url: url.href });
}

function sender({ origin }: URL) {
  const methods = ['POST', 'PUT', 'DELETE'] as const;
  return httpTools({ allow: [origin], methods, allowPrivateAddresses: true })[0];
}

/** Names have the first of these addresses when they are first looked up, then the next. */
function answering(answers: readonly (readonly string[])[]): Resolve {
  let at = 0;
  return (_, __, callback) => {
    const addresses = answers[at++] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}
