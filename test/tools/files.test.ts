import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DefinitionError, NonRetryableError } from '../../src/plan/errors.js';
import type { JsonObject } from '../../src/plan/json.js';
import { fileTools, type FileOptions } from '../../src/tools/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { call, failureOf } from './call.js';

describe('listing', () => {
  test('gives files and folders by name, without hidden ones', async () => {
    const { root, list } = at({ 'b.md': 'bee', 'a/c.md': '', '.env': 'KEY=1', '.git/config': '' });
    symlinkSync('b.md', path.join(root, 'link'));
    symlinkSync('nowhere', path.join(root, 'broken'));
    expect(await list({})).toEqual({
      entries: [
        { name: 'a', type: 'folder', bytes: null },
        { name: 'b.md', type: 'file', bytes: 3 },
        { name: 'link', type: 'file', bytes: 3 },
      ],
      left_out: 0,
    });
    expect(await list({ path: './a//' })).toMatchObject({ entries: [{ name: 'c.md' }] });
    expect(await list({ path: 'b.md' })).toMatchObject({ entries: [{ type: 'file', bytes: 3 }] });
  });

  test('ends after 500, and says how many there are more', async () => {
    const files = Array.from({ length: 503 }, (_, n) => [`f${String(n)}`, ''] as const);
    const { entries, left_out } = (await at(Object.fromEntries(files)).list({})) as {
      entries: unknown[];
      left_out: number;
    };
    expect([entries.length, left_out]).toEqual([500, 3]);
  });
});

describe('reading', () => {
  test('gives whole lines as far as they fit, and goes on where it is told', async () => {
    const { read } = at({ 'a.txt': 'one\ntwo\r\nthree\n' }, { maxCharacters: 8 });
    expect(await read({ path: 'a.txt' })).toEqual({
      ...{ path: 'a.txt', from_line: 1, to_line: 2, lines: 3, text: 'one\ntwo' },
    });
    expect(await read({ path: 'a.txt', from_line: 3 })).toMatchObject({
      to_line: 3,
      text: 'three',
    });
    expect(await read({ path: 'a.txt', from_line: 9 })).toMatchObject({ text: '' });
  });

  test('cuts a line that is too long alone', async () => {
    const { read } = at({ 'a.txt': 'a'.repeat(99) }, { maxCharacters: 8 });
    expect(await read({ path: 'a.txt' })).toMatchObject({ text: 'aaaaaaa…', to_line: 1, lines: 1 });
  });

  test.each([
    ['what is not there', 'nothing.md', "isn't there"],
    ['a folder', 'a', 'is no file'],
    ['what stands in no folder', 'b.md/c', 'leads through something that is no folder'],
    ['a file with null bytes', 'binary', 'is no text'],
    ['a large file', 'large', 'has 101 bytes, more than the 100 that the tool takes'],
    ['a name that is too long', 'n'.repeat(300), 'is too long'],
  ])('refuses %s', async (_, name, why) => {
    const { root, read } = at(
      { 'b.md': '', 'a/c.md': '', binary: 'a\0b', large: 'a'.repeat(101) },
      { maxBytes: 100 },
    );
    const error = await failureOf(read({ path: name }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe(`${JSON.stringify(name)} ${why}.`);
    expect(error.message).not.toContain(root);
  });

  test('does not wait for a pipe', async () => {
    const { root, read } = at({});
    execFileSync('mkfifo', [path.join(root, 'pipe')]);
    await expect(read({ path: 'pipe' })).rejects.toThrow('"pipe" is no file.');
  }, 5_000);
});

describe('searching', () => {
  test('gives the lines that have a text, upper and lower case alike', async () => {
    const { search } = at({
      'a/b.md': 'one\n  A bee.\n',
      'c.md': 'Bees (.*)',
      'd.bin': 'bee\0',
      '.hidden': 'bee',
    });
    const complete = true;
    expect(await search({ query: 'BEE' })).toEqual({
      matches: [
        { path: 'a/b.md', line: 2, text: 'A bee.' },
        { path: 'c.md', line: 1, text: 'Bees (.*)' },
      ],
      complete,
    });
    expect(await search({ query: '(.*)' })).toMatchObject({
      matches: [{ path: 'c.md' }],
      complete,
    });
    expect(await search({ query: 'bee', path: './a/' })).toMatchObject({
      matches: [{ path: 'a/b.md' }],
    });
    expect(await search({ query: 'bee', path: 'c.md' })).toMatchObject({
      matches: [{ path: 'c.md' }],
    });
  });

  test('ends after as many as are wanted, and says that there are more', async () => {
    const { search } = at({ 'a.md': 'bee\n'.repeat(9) }, { maxResults: 3 });
    const { matches, complete } = (await search({ query: 'bee', max_results: 99 })) as {
      matches: unknown[];
      complete: boolean;
    };
    expect([matches.length, complete]).toEqual([3, false]);
  });
});

describe('writing', () => {
  test('is there only where it is allowed', () => {
    const names = (write?: boolean) =>
      fileTools({ root: '.', ...(write !== undefined && { write }) }).map(({ name }) => name);
    expect(names()).toEqual(['list_files', 'read_file', 'search_files']);
    expect(names(false)).toEqual(names());
    expect(names(true)).toEqual([...names(), 'write_file']);
  });

  test('makes folders on the way, and leaves the file alone in its folder', async () => {
    const { root, write } = at({});
    expect(await write({ path: 'a/b/c.md', content: 'gün' })).toEqual({
      path: 'a/b/c.md',
      bytes: 4,
    });
    expect(readFileSync(path.join(root, 'a/b/c.md'), 'utf8')).toBe('gün');
    expect(readdirSync(path.join(root, 'a/b'))).toEqual(['c.md']);
  });

  test('replaces what was there, with its mode', async () => {
    const { root, write } = at({ 'run.sh': 'old' });
    const file = path.join(root, 'run.sh');
    chmodSync(file, 0o750);
    await write({ path: 'run.sh', content: 'new' });
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o750);
  });

  test.each([
    ['a', 'is there, and is no file'],
    ['a/', 'is no name of a file'],
    ['.', 'is no name of a file'],
    ['b.md/c', 'leads through something that is no folder'],
    ['.bashrc', 'is hidden'],
    ['.git/hooks/post-commit', 'is hidden'],
    ['n'.repeat(300), 'is too long'],
  ])('refuses %s', async (name, why) => {
    const { root, write } = at({ 'b.md': '', 'a/c.md': '' });
    const error = await failureOf(write({ path: name, content: 'x' }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe(`${JSON.stringify(name)} ${why}.`);
    expect(readdirSync(root).sort()).toEqual(['a', 'b.md']);
  });

  test('has its limit', async () => {
    const { root, write } = at({}, { maxBytes: 3 });
    await expect(write({ path: 'a', content: 'gün' })).rejects.toThrow('has 4 bytes, more than');
    expect(readdirSync(root)).toEqual([]);
  });

  test('follows no link out of the folder', async () => {
    const outside = tempFolder();
    writeFileSync(path.join(outside, 'victim'), 'old');
    const { root, write } = at({});
    symlinkSync(outside, path.join(root, 'out'));
    symlinkSync(path.join(outside, 'victim'), path.join(root, 'link'));
    symlinkSync(path.join(outside, 'new'), path.join(root, 'dangling'));
    for (const name of ['out/victim', 'out/new', 'out/a/b', 'link', 'dangling', 'dangling/a'])
      await expect(write({ path: name, content: 'x' })).rejects.toThrow(NonRetryableError);
    expect(readdirSync(outside)).toEqual(['victim']);
    expect(readFileSync(path.join(outside, 'victim'), 'utf8')).toBe('old');
  });
});

describe('nothing leads out of the folder', () => {
  const OUTSIDE = ['list', 'read', 'search'] as const;

  test.each([
    '../secret',
    'a/../../secret',
    '..',
    './/../secret',
    '/etc/passwd',
    '//etc/passwd',
    'C:/Windows/win.ini',
    'c:secret',
    '\\\\server\\share',
    '..\\secret',
    'a\\..\\..\\secret',
    'a.md\0.txt',
    'file:///etc/passwd',
    '.env',
    'a/.env',
    '.',
  ])('by the path %j', async (name) => {
    const { root, ...tools } = at({ 'inner/a/b.md': '', 'inner/.env': 'KEY', secret: 'SECRET' });
    const inner = at({}, { root: path.join(root, 'inner') });
    const results = await Promise.all([
      failureOf(inner.read({ path: name })),
      failureOf(inner.write({ path: name, content: 'x' })),
    ]);
    for (const error of results) {
      expect(error).toBeInstanceOf(NonRetryableError);
      expect(error.message).not.toContain(root);
    }
    expect(await tools.read({ path: 'secret' })).toMatchObject({ text: 'SECRET' });
    expect(existsSync(path.join(root, 'inner/secret'))).toBe(false);
  });

  test.each(OUTSIDE)('by a symbolic link, to %s', async (which) => {
    const outside = tempFolder();
    writeFileSync(path.join(outside, 'secret'), 'SECRET');
    const { root, ...tools } = at({ '.env': 'SECRET' });
    symlinkSync(outside, path.join(root, 'out'));
    symlinkSync('out', path.join(root, 'twice'));
    symlinkSync(path.join(outside, 'secret'), path.join(root, 'link'));
    symlinkSync('.env', path.join(root, 'shown'));
    symlinkSync('.', path.join(root, 'self'));
    for (const name of ['out', 'twice', 'out/secret', 'link', 'shown', 'self/self/link'])
      await expect(tools[which]({ path: name, query: 'SECRET' })).rejects.toThrow(
        NonRetryableError,
      );
    expect(await tools.search({ query: 'SECRET' })).toEqual({ matches: [], complete: true });
    expect(await tools.list({})).toMatchObject({ entries: [{ name: 'self' }] });
  });

  test('a folder beside that begins with the same name is outside', async () => {
    const { root } = at({ 'docs/a': '', 'docs-secret/b': 'SECRET' });
    symlinkSync('../docs-secret', path.join(root, 'docs/link'));
    const { read } = at({}, { root: path.join(root, 'docs') });
    await expect(read({ path: 'link/b' })).rejects.toThrow('"link/b" leads out of the folder.');
  });

  test('the folder itself may be a link', async () => {
    const { root } = at({ 'docs/a': 'text' });
    symlinkSync('docs', path.join(root, 'link'));
    const { read, write } = at({}, { root: path.join(root, 'link') });
    expect(await read({ path: 'a' })).toMatchObject({ text: 'text' });
    await write({ path: 'b', content: 'x' });
    expect(readdirSync(path.join(root, 'docs'))).toEqual(['a', 'b']);
  });

  test('a folder that is not there is named as the definition has it', async () => {
    const [list] = fileTools({ root: 'no/such' });
    await expect(call(list, {})).rejects.toThrow(
      '"no/such" can\'t be used on the worker (ENOENT).',
    );
  });
});

test.each<[unknown, string]>([
  [{}, '`root` must be a string that is not empty'],
  [{ root: '.', write: 'yes' }, '`write` must be a boolean'],
  [{ root: '.', maxBytes: 0 }, '`maxBytes` must be an integer from 1'],
  [{ root: '.', dir: 'a' }, 'must have no option `dir`'],
])('the options %j are refused', (options, message) => {
  expect(() => fileTools(options as FileOptions)).toThrow(DefinitionError);
  expect(() => fileTools(options as FileOptions)).toThrow(message);
});

/** The tools of a folder with these files. */
function at(files: Readonly<Record<string, string>>, options: Partial<FileOptions> = {}) {
  const root = options.root ?? tempFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  const [list, read, search, write] = fileTools({ root, write: true, ...options });
  return {
    root,
    list: (args: JsonObject) => call(list, args),
    read: (args: JsonObject) => call(read, args),
    search: (args: JsonObject) => call(search, args),
    write: (args: JsonObject) => call(write, args),
  };
}
