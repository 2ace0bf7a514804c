import {
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DefinitionError, NonRetryableError } from '../../src/plan/errors.js';
import { documentSearch, type DocumentSearchOptions } from '../../src/tools/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { call, failureOf } from './call.js';

test('what is found has its document, the way to its heading, and its text', async () => {
  const search = searchIn(
    folderOf({
      'guide/caches.md':
        '# Guide\n\nAbout everything.\n\n## Caches\n\n### Eviction\n\nThe *oldest* entry\nis evicted.\n\n- By age\n- By [size](https://a.b)\n',
    }),
  );
  expect(await search('evict entries')).toEqual([
    {
      document: 'guide/caches.md',
      heading: 'Guide › Caches › Eviction',
      text: 'The oldest entry is evicted.\nBy age\nBy size',
    },
  ]);
});

test('a tool goes by its default name, or by one that is given, and describes itself', () => {
  expect(documentSearch({ dir: 'docs' })).toMatchObject({
    name: 'search_documents',
    parameters: { required: ['query'] },
  });
  const given = { name: 'search_handbook', description: 'The handbook of the house.' };
  expect(documentSearch({ dir: 'docs', ...given })).toMatchObject(given);
});

describe('what says most about the query comes first', () => {
  test('a heading counts for more than text', async () => {
    const search = searchIn(
      folderOf({
        'a.md': '# Workers\n\nThey have queues, and long names for them.',
        'b.md': '# Queues\n\nThey are served by workers, and have names.',
      }),
    );
    expect(documentsOf(await search('queues'))).toEqual(['b.md', 'a.md']);
  });

  test('a word is found in its other forms', async () => {
    const search = searchIn(folderOf({ 'a.md': 'It caches entries; expiration is configurable.' }));
    for (const query of ['caching', 'CACHED', 'entry', 'expire', 'the configuration'])
      expect([query, ...documentsOf(await search(query))]).toEqual([query, 'a.md']);
  });

  test('at most three passages are of one document', async () => {
    const sections = Array.from({ length: 6 }, (_, at) => `## Queue ${at}\n\nA queue.\n`);
    const search = searchIn(
      folderOf({ 'a.md': sections.join('\n'), 'b.md': 'Something else, and a queue.' }),
    );
    const documents = documentsOf(await search('queue', { max_results: 10 }));
    expect(documents.sort()).toEqual(['a.md', 'a.md', 'a.md', 'b.md']);
  });

  test('there are as many as the model asks for, and the definition allows', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`${at}.md`, `Queue number ${at}.`]),
    );
    const folder = folderOf(files);
    expect(await searchIn(folder)('queue')).toHaveLength(5);
    expect(await searchIn(folder)('queue', { max_results: 7 })).toHaveLength(7);
    expect(await searchIn(folder)('queue', { max_results: 70 })).toHaveLength(10);
    expect(await searchIn(folder, { maxResults: 2 })('queue')).toHaveLength(2);
  });

  test('documents that are the same are one', async () => {
    const search = searchIn(folderOf({ 'a.md': 'A queue.', 'copy/a.md': 'A queue.' }));
    expect(documentsOf(await search('queue'))).toEqual(['a.md']);
  });

  test('a query without a telling word finds nothing', async () => {
    expect(await searchIn(folderOf({ 'a.md': 'How to do that.' }))('how to')).toEqual([]);
  });

  test('words that JavaScript has a use for are words', async () => {
    const search = searchIn(folderOf({ 'a.md': 'The constructor sets __proto__ and toString.' }));
    expect(await search('constructor')).toHaveLength(1);
    expect(await search('toString')).toHaveLength(1);
    expect(await search('hasOwnProperty')).toEqual([]);
  });
});

describe('a document is read by its kind', () => {
  test('Markdown: without front matter, comments, pictures and marks, with code and tables', async () => {
    const text = [
      '---\ntitle: Hidden queue\n---',
      '<!-- A hidden\nqueue -->',
      '<h1 align="center">\n  The <em>queue</em>\n</h1>',
      '[![build](https://a.b/queue.svg)](https://a.b)',
      'Underlined\n==========',
      '> A **quoted** queue with `code_*x*`, a\\*b &amp; <b>HTML</b>.',
      '```ts\nconst queue = 1; // # no heading\n```',
      '| Option | Meaning |\n| --- | :-: |\n| `size` | of the queue |',
      '[ref]: https://a.b/queue',
      '<script>\nqueue();\n</script>',
    ];
    const search = searchIn(folderOf({ 'a.md': text.join('\n\n') }));
    expect(await search('queue')).toEqual([
      {
        document: 'a.md',
        heading: 'Underlined',
        text: 'A quoted queue with `code_*x*`, a*b & HTML .\n```ts\nconst queue = 1; // # no heading\n```\n| Option | Meaning |\n| `size` | of the queue |',
      },
    ]);
  });

  test('Markdown: a fence that nobody closes ends with the document', async () => {
    const search = searchIn(folderOf({ 'a.md': 'Before.\n\n~~~\n# queue\n```\n\nmore' }));
    expect(await search('queue')).toMatchObject([
      { heading: null, text: 'Before.\n~~~\n# queue\n```\n\nmore' },
    ]);
  });

  test('HTML: as it is shown', async () => {
    const html = `<!doctype html><html><head><title>Site</title><style>.queue{}</style></head>
      <body><nav>queue</nav><h1>Queues &amp; more</h1><p>A queue has<br>workers.</p>
      <script>var queue;</script><ul><li>One queue<li>Two</ul>
      <pre>queue {\n  a: 1\n}</pre><table><tr><th>Queue<td>Meaning</table></body>`;
    const search = searchIn(folderOf({ 'a.html': html }));
    expect(await search('queue')).toEqual([
      {
        document: 'a.html',
        heading: 'Queues & more',
        text: 'A queue has\nworkers.\nOne queue\nTwo\nqueue {\n  a: 1\n}\nQueue | Meaning',
      },
    ]);
  });

  test('reStructuredText: headings by their underlines', async () => {
    const text =
      '=====\nGuide\n=====\n\nIntro.\n\nQueues\n------\n\nA queue of\nworkers.\n\nSizes\n~~~~~\n\nBig.\n\nPools\n------\n\nA pool.\n';
    const search = searchIn(folderOf({ 'a.rst': text }));
    expect(await search('workers')).toEqual([
      { document: 'a.rst', heading: 'Guide › Queues', text: 'A queue of workers.' },
    ]);
    expect(await search('big')).toMatchObject([{ heading: 'Guide › Queues › Sizes' }]);
    expect(await search('pool')).toMatchObject([{ heading: 'Guide › Pools' }]);
  });

  test('plain text: by its paragraphs, and so is whatever has another ending', async () => {
    const text = 'A queue\nof workers.\r\n\r\n# Not a heading\n';
    const folder = folderOf({ 'a.txt': text, 'b.LOG': `${text} Else.`, 'c.log2': text });
    expect(await searchIn(folder)('queue')).toEqual([
      { document: 'a.txt', heading: null, text: 'A queue of workers.\n# Not a heading' },
    ]);
    const logs = searchIn(folder, { extensions: ['.log'] });
    expect(documentsOf(await logs('queue'))).toEqual(['b.LOG']);
  });

  test('what is too long for a passage is found in pieces, to its end', async () => {
    const paragraphs = Array.from({ length: 30 }, (_, at) => `${'word '.repeat(40)}end${at}.`);
    const word = '漢'.repeat(4_000);
    const folder = folderOf({
      'a.md': `# Long\n\n${paragraphs.join('\n\n')}\n\n${paragraphs.join(' ')} veryend\n\n${word}`,
    });
    const search = searchIn(folder);
    const found = [await search('end29'), await search('veryend'), await search('漢漢')].flat() as {
      heading: string;
      text: string;
    }[];
    expect(found.length).toBeGreaterThanOrEqual(4);
    for (const { heading, text } of found) {
      expect(heading).toBe('Long');
      expect(text.length).toBeLessThanOrEqual(1_500);
    }
    expect(found.some(({ text }) => text.endsWith('veryend'))).toBe(true);
  });

  test.each([
    ['accents', 'Das Café öffnet für Züge.', 'cafe fur zuge'],
    ['accents of the query', 'The cafe.', 'café'],
    ['decomposed letters', 'Das Cafe\u0301.', 'café'],
    ['Cyrillic', 'Очередь задач и кэш.', 'очередь'],
    ['Japanese', 'キャッシュの有効期限を設定する。', '有効期限'],
    ['Chinese', '缓存的过期时间可以配置。', '过期时间'],
    ['Korean', '캐시 만료 시간', '만료'],
    ['Thai', 'การหมดอายุของแคช', 'หมดอายุ'],
    ['Hindi', 'कैश की समाप्ति', 'समाप्ति'],
  ])('words of any script are found: %s', async (_, text, query) => {
    expect(await searchIn(folderOf({ 'a.md': text, 'b.md': 'Other.' }))(query)).toHaveLength(1);
  });

  test.each([
    ['UTF-16, as Windows writes it', Buffer.from('\ufeffA queue.', 'utf16le')],
    ['UTF-8 with a mark', Buffer.from('\ufeff# A queue\n\nof workers.')],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from('A queue of '), 0xff, 0xfe, 0x21])],
  ])('text is read: %s', async (_, bytes) => {
    expect(await searchIn(folderOf({ 'a.md': bytes }))('queue')).toHaveLength(1);
  });
});

describe('left out is', () => {
  test.each([
    ['what is binary', { 'a.md': Buffer.from('A queue.\u0000\u0001') }],
    ['what is too large', { 'a.md': `A queue.\n\n${'word\n\n'.repeat(120_000)}` }],
  ])('%s, which is told', async (_, files) => {
    const warn = vi.fn();
    const tool = documentSearch({ dir: folderOf({ ...files, 'b.md': 'A queue as well.' }) });
    const search = (): Promise<unknown> => call(tool, { query: 'queue' }, { log: { warn } });
    expect(documentsOf(await search())).toEqual(['b.md']);
    await search();
    expect(warn.mock.calls).toEqual([
      [
        'Some documents are left out of the search',
        expect.objectContaining({ documents: 1, unsuitable: 1 }),
      ],
    ]);
  });

  test('a huge file alone, whatever comes after it', async () => {
    const folder = folderOf({ 'a.txt': 'A queue.', 'b.txt': 'Another queue.' });
    truncateSync(path.join(folder, 'a.txt'), 100_000_000);
    expect(documentsOf(await searchIn(folder)('queue'))).toEqual(['b.txt']);
  });

  test('what goes beyond 64 MB in all, which is told', async () => {
    const text = `${'a queue of words. '.repeat(60)}\n\n`;
    const size = 520_000;
    const files = Array.from({ length: 131 }, (_, at): [string, string] => [
      `${String(at).padStart(3, '0')}.bin`,
      `${at} ${text}${'\u0000'.repeat(size)}`.slice(0, size),
    ]);
    const warn = vi.fn();
    const dir = folderOf({ ...Object.fromEntries(files), 'z.bin': 'The last queue.' });
    const tool = documentSearch({ dir, extensions: ['.bin'] });
    expect(await call(tool, { query: 'queue' }, { log: { warn } })).toEqual([]);
    expect(warn).toHaveBeenCalledWith(
      'Some documents are left out of the search',
      expect.objectContaining({ unsuitable: 129, tooMuch: 3 }),
    );
  });

  test('what is hidden, what is installed, and what is no document', async () => {
    const search = searchIn(
      folderOf({
        '.hidden.md': 'A queue 1.',
        '.git/a.md': 'A queue 2.',
        'node_modules/a/README.md': 'A queue 3.',
        'a.ts': 'A queue 4.',
        md: 'A queue 5.',
        'folder.md/a.md': 'A queue 6.',
      }),
    );
    expect(documentsOf(await search('queue'))).toEqual(['folder.md/a.md']);
  });

  test('what is excluded, each time', async () => {
    const folder = folderOf({ 'a.md': 'A queue.', 'sub/CHANGELOG.md': 'New: a queue.' });
    const search = searchIn(folder, { exclude: /(?:^|\/)changelog\.md$/gi });
    for (let time = 0; time < 3; time++) {
      writeFileSync(path.join(folder, 'a.md'), `A queue ${time}.`);
      expect(documentsOf(await search('queue'))).toEqual(['a.md']);
    }
  });
});

describe('symbolic links', () => {
  test('that lead out of the folder, of files or folders, are not followed', async () => {
    const outside = folderOf({ 'secret.md': 'A secret queue.', 'sub/more.md': 'Another queue.' });
    const folder = folderOf({ 'a.md': 'A queue.' });
    symlinkSync(path.join(outside, 'secret.md'), path.join(folder, 'secret.md'));
    symlinkSync(outside, path.join(folder, 'outside'));
    symlinkSync('..', path.join(folder, 'up'));
    symlinkSync(path.relative(folder, path.join(outside, 'secret.md')), path.join(folder, 'b.md'));
    expect(documentsOf(await searchIn(folder)('queue'))).toEqual(['a.md']);
  });

  test('to a folder whose name begins with that of the folder are not followed', async () => {
    const folder = folderOf({ 'a.md': 'A queue.' });
    const beside = `${folder}-beside`;
    mkdirSync(beside);
    onTestFinished(() => {
      rmSync(beside, { recursive: true });
    });
    writeFileSync(path.join(beside, 'b.md'), 'Another queue.');
    symlinkSync(path.join(beside, 'b.md'), path.join(folder, 'b.md'));
    expect(documentsOf(await searchIn(folder)('queue'))).toEqual(['a.md']);
  });

  test('of files within the folder are followed, as mounted ones are', async () => {
    const folder = folderOf({ '..2026_11_24/a.md': 'A queue.' });
    symlinkSync('..2026_11_24', path.join(folder, '..data'));
    symlinkSync('..data/a.md', path.join(folder, 'a.md'));
    expect(documentsOf(await searchIn(folder)('queue'))).toEqual(['a.md']);
  });

  test('that lead nowhere, or in circles, are passed over', async () => {
    const folder = folderOf({ 'a.md': 'A queue.', 'sub/b.md': 'Another queue.' });
    symlinkSync('nowhere.md', path.join(folder, 'nowhere.md'));
    symlinkSync('circle.md', path.join(folder, 'circle.md'));
    symlinkSync('..', path.join(folder, 'sub/circle'));
    expect(documentsOf(await searchIn(folder)('queue')).sort()).toEqual(['a.md', 'sub/b.md']);
  });

  test('may lead to the folder itself', async () => {
    const link = path.join(tempFolder(), 'link');
    symlinkSync(folderOf({ 'a.md': 'A queue.' }), link);
    expect(documentsOf(await searchIn(link)('queue'))).toEqual(['a.md']);
  });
});

test('names may be anything that a file system allows', async () => {
  const names = [
    '__proto__.md',
    'constructor.md',
    '-rf.md',
    'a\nb.md',
    '<script>alert(1)</script>.md'.replaceAll('/', '∕'),
    'a\\..\\..\\etc.md',
    '%2e%2e.md',
    'naïve 🦆 文書.md',
    "'; DROP TABLE.md",
    `${'x'.repeat(200)}.md`,
    '__proto__/a.md',
  ];
  const folder = folderOf(Object.fromEntries(names.map((name, at) => [name, `A queue ${at}.`])));
  const search = searchIn(folder, { maxResults: 20 });
  const found = documentsOf(await search('queue', { max_results: 20 }));
  expect(found.sort()).toEqual(names.sort());
});

describe('the folder', () => {
  test('is looked for when the tool is called, from where the process was started', async () => {
    const parent = tempFolder();
    const before = process.cwd();
    process.chdir(parent);
    onTestFinished(() => {
      process.chdir(before);
    });
    const search = searchIn('docs');
    const error = await failureOf(search('queue'));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe('The folder of documents "docs" isn\'t there, on the worker.');
    renameSync(folderOf({ 'a.md': 'A queue.' }), path.join(parent, 'docs'));
    expect(documentsOf(await search('queue'))).toEqual(['a.md']);
  });

  test('must be one', async () => {
    const file = path.join(folderOf({ 'a.md': 'A queue.' }), 'a.md');
    const error = await failureOf(searchIn(file)('queue'));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toMatch(/a\.md" is no folder, on the worker\.$/);
  });

  test('may be empty, which is told', async () => {
    const warn = vi.fn();
    const tool = documentSearch({ dir: tempFolder() });
    expect(await call(tool, { query: 'queue' }, { log: { warn } })).toEqual([]);
    expect(warn).toHaveBeenCalledWith('There are no documents to search', expect.anything());
  });

  test('may be several: each document is named with its own', async () => {
    const one = folderOf({ 'docs/a.md': 'A queue 1.' });
    const two = folderOf({ 'docs/a.md': 'A queue 2.', 'more/b.md': 'A queue 3.' });
    const dir = [`${one}/docs`, `${two}/docs/`, `${two}/more`, `${one}/docs`];
    const found = documentsOf(await searchIn(dir)('queue'));
    expect(found.sort()).toEqual(['docs#2/a.md', 'docs/a.md', 'more/b.md']);
  });

  test('is never told by its absolute path', async () => {
    const folder = folderOf({ 'a.md': 'A queue.' });
    const found = [await searchIn(folder)('queue'), await searchIn([folder, folder])('queue')];
    expect(JSON.stringify(found)).not.toContain(folder);
  });
});

describe('a search after', () => {
  test.each<[string, (folder: string) => void, string[]]>([
    [
      'a document was added',
      (folder) => {
        write(folder, 'c.md', 'A queue.');
      },
      ['a.md', 'c.md'],
    ],
    [
      'a document was removed',
      (folder) => {
        rmSync(path.join(folder, 'a.md'));
      },
      [],
    ],
    [
      'a document was renamed',
      (folder) => {
        renameSync(path.join(folder, 'a.md'), path.join(folder, 'z.md'));
      },
      ['z.md'],
    ],
    [
      'a document was written anew',
      (folder) => {
        write(folder, 'b.md', 'Now a queue.');
      },
      ['a.md', 'b.md'],
    ],
    [
      'a document was edited, to the same length and with the same time',
      (folder) => {
        editSilently(folder, 'a.md', 'A quilt, that is.');
      },
      [],
    ],
  ])('%s finds what is there now', async (_, change, after) => {
    const folder = folderOf({ 'a.md': 'A queue, that is.', 'b.md': 'Something else.' });
    // Times that can be set are less precise than those that the system sets.
    utimesSync(path.join(folder, 'a.md'), 1_000_000_000, 1_000_000_000);
    const search = searchIn(folder);
    expect(documentsOf(await search('queue'))).toEqual(['a.md']);
    change(folder);
    expect(documentsOf(await search('queue')).sort()).toEqual(after);
  });
});

describe('an index', () => {
  test('is made once for searches at the same time, and for tools of the same folder', async () => {
    const folder = folderOf({ 'a.md': 'A queue.', 'b.md': Buffer.from([0]) });
    const warn = vi.fn();
    const searches = Array.from({ length: 5 }, () =>
      call(documentSearch({ dir: folder }), { query: 'queue' }, { log: { warn } }),
    );
    for (const found of await Promise.all(searches)) expect(found).toHaveLength(1);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test('goes on for others when one that waits for it is stopped', async () => {
    const folder = folderOf(
      Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${at}.md`, `Queue ${at}.`])),
    );
    const tool = documentSearch({ dir: folder });
    const controller = new AbortController();
    const stopped = call(tool, { query: 'queue' }, { signal: controller.signal });
    const other = call(tool, { query: 'queue' });
    controller.abort(new Error('The run is cancelled.'));
    await expect(stopped).rejects.toThrow('The run is cancelled.');
    expect(await other).toHaveLength(5);
  });

  test('is not begun once the signal has fired', async () => {
    const signal = AbortSignal.abort(new Error('The run is cancelled.'));
    const tool = documentSearch({ dir: folderOf({ 'a.md': 'A queue.' }) });
    await expect(call(tool, { query: 'queue' }, { signal })).rejects.toThrow('is cancelled');
  });

  test('of 5,000 documents takes seconds, and a further search a part of one', async () => {
    const search = searchIn(
      folderOf(
        Object.fromEntries(
          Array.from({ length: 5_000 }, (_, at) => [
            `${at % 50}/${at}.md`,
            `# Note ${at}\n\nNote n${at} speaks of queues. ${`Further words on topic ${at % 97}. `.repeat(20)}\n`,
          ]),
        ),
      ),
    );
    const first = await timed(() => search('n4321'));
    expect(documentsOf(first.found)).toEqual(['21/4321.md']);
    expect(first.ms).toBeLessThan(15_000);
    const second = await timed(() => search('n1234'));
    expect(documentsOf(second.found)).toEqual(['34/1234.md']);
    expect(second.ms).toBeLessThan(2_000);
  });

  test.each([
    ['emphasis', '*a '],
    ['links', '[a]('],
    ['headings of HTML', '<h1 '],
    ['comments', '<!--'],
    ['fences', '```\n'],
    ['tags', '<b>'],
    ['one long word', 'a'],
  ])('is not held up by a document of nothing but %s', async (_, text) => {
    const folder = folderOf({
      'a.md': text.repeat(500_000 / text.length),
      'b.html': text.repeat(500_000 / text.length),
      'c.md': 'A queue.',
    });
    const { found, ms } = await timed(() => searchIn(folder)('queue'));
    expect(documentsOf(found)).toEqual(['c.md']);
    expect(ms).toBeLessThan(5_000);
  });
});

test.each([
  ['', /query/],
  ['a'.repeat(501), /query/],
])('the query %o goes back to the model', async (query, faults) => {
  await expect(searchIn('docs')(query)).rejects.toThrow(faults);
});

test.each<[unknown, string]>([
  [undefined, 'documentSearch must be given an object of options'],
  [{}, 'documentSearch: `dir` must be a string that is not empty'],
  [{ dir: [] }, '`dir` must be a folder, or a list of some, got an empty list'],
  [{ dir: ['a', 1] }, '`dir[1]` must be a string that is not empty, got 1'],
  [{ dir: 'a', name: 'search documents' }, '`name` must be 1 to 64 letters'],
  [
    { dir: 'a', name: 'handbook', extensions: ['md'] },
    'handbook: `extensions` must be a list of e',
  ],
  [{ dir: 'a', extensions: [] }, '`extensions` must be a list of endings'],
  [{ dir: 'a', exclude: 'CHANGELOG' }, '`exclude` must be a regular expression'],
  [{ dir: 'a', maxResults: '5' }, '`maxResults` must be an integer from 1'],
  [{ dir: 'a', description: ' ' }, '`description` must be a string that is not empty'],
  [{ dir: 'a', folder: 'b' }, 'must have no option `folder`'],
])('the options %j are refused', (options, message) => {
  expect(() => documentSearch(options as DocumentSearchOptions)).toThrow(DefinitionError);
  expect(() => documentSearch(options as DocumentSearchOptions)).toThrow(message);
});

/** A folder of the running test alone, with these files. */
function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) write(folder, name, content);
  return folder;
}

function write(folder: string, name: string, content: string | Buffer): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** As tools do that keep a file's time. */
function editSilently(folder: string, name: string, content: string): void {
  const file = path.join(folder, name);
  const { atime, mtime, size } = statSync(file);
  writeFileSync(file, content);
  utimesSync(file, atime, mtime);
  expect(statSync(file)).toMatchObject({ size, mtime });
}

function searchIn(dir: string | readonly string[], options: Partial<DocumentSearchOptions> = {}) {
  const tool = documentSearch({ dir, ...options });
  return (query: string, args: { max_results?: number } = {}) => call(tool, { query, ...args });
}

function documentsOf(found: unknown): string[] {
  return (found as { document: string }[]).map(({ document }) => document);
}

async function timed(search: () => Promise<unknown>): Promise<{ found: unknown; ms: number }> {
  const began = performance.now();
  const found = await search();
  return { found, ms: performance.now() - began };
}
