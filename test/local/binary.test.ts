import { mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findTemporalCli, type TemporalCliSource } from '../../src/local/binary.js';
import { tempFolder } from '../support/temp-folder.js';
import { pythonAt, script, temporalAt } from './programs.js';

describe('the search', () => {
  test('takes the binary that TEMPORAL_CLI_PATH names before all others', async () => {
    const { env, at } = machine();
    temporalAt(at('bin/temporal'), '1.1.0');
    temporalAt(at('cache/temporal-1.2.0'), '1.2.0');
    const named = temporalAt(at('own/tool'), '1.0.0');
    const cli = await findTemporalCli({ env: { ...env, TEMPORAL_CLI_PATH: named } });
    expect(cli).toEqual({ path: named, source: 'TEMPORAL_CLI_PATH', version: '1.0.0' });
  });

  test('takes `temporal` on the PATH before the cache', async () => {
    const { env, at } = machine();
    const onPath = temporalAt(at('bin/temporal'), '1.1.0');
    temporalAt(at('cache/temporal-1.2.0'), '1.2.0');
    expect(await findTemporalCli({ env })).toEqual({
      path: onPath,
      source: 'PATH',
      version: '1.1.0',
    });
  });

  test('takes the cache before it downloads', async () => {
    const { env, at } = machine();
    const cached = temporalAt(at('cache/temporal-1.2.0'), '1.2.0');
    pythonAt(at('bin/python3'), '1.3.0');
    expect(await findTemporalCli({ env })).toEqual({
      path: cached,
      source: 'cache',
      version: '1.2.0',
    });
  });

  test('takes what pip installs when the download fails', async () => {
    const { env, at } = machine();
    pythonAt(at('bin/python3'), '1.3.0');
    expect(await findTemporalCli({ env })).toEqual({
      path: at('cache/temporal-1.3.0'),
      source: 'pip',
      version: '1.3.0',
    });
  });

  test('says each place before it is tried', async () => {
    const { env, at } = machine();
    pythonAt(at('bin/python3'), '1.3.0');
    const said: TemporalCliSource[] = [];
    await findTemporalCli({ env, onSource: (source) => said.push(source) });
    expect(said).toEqual(['TEMPORAL_CLI_PATH', 'PATH', 'cache', 'download', 'pip']);
  });

  test('that finds nothing lists every place with its reason', async () => {
    const { env, at } = machine();
    await expect(findTemporalCli({ env })).rejects.toMatchObject({
      name: 'TemporalCliNotFoundError',
      code: 'TEMPORAL_CLI_NOT_FOUND',
      tried: [
        { source: 'TEMPORAL_CLI_PATH', reason: 'not set' },
        { source: 'PATH', reason: 'no `temporal` on it' },
        { source: 'cache', reason: `nothing in ${at('cache')}` },
        { source: 'download', reason: expect.stringContaining('temporal.download') },
        { source: 'pip', reason: expect.stringContaining('`python3 -m pip`') },
      ],
    });
  });

  test('is ended by its signal, with its reason', async () => {
    const { env, at } = machine();
    script(at('bin/temporal'), 'exec /bin/sleep 600');
    const stop = new AbortController();
    const search = findTemporalCli({
      env,
      signal: stop.signal,
      onSource: (source) => {
        if (source === 'PATH')
          setImmediate(() => {
            stop.abort(new Error('enough'));
          });
      },
    });
    await expect(search).rejects.toThrow('enough');
  }, 5000);
});

describe('TEMPORAL_CLI_PATH', () => {
  test.each([
    ['names nothing', () => {}, 'no executable file is there'],
    [
      'names a folder',
      (file: string) => {
        mkdirSync(file);
      },
      'no executable file is there',
    ],
    [
      'names a file that may not be run',
      (file: string) => {
        writeFileSync(file, '');
      },
      'no executable file is there',
    ],
    [
      'names another program',
      (file: string) => script(file, 'echo tctl version 1.18'),
      '`--version` does not say `temporal version …`',
    ],
    [
      'names a program that fails',
      (file: string) => script(file, 'echo "error: wrong machine" >&2', 'exit 3'),
      '`--version` failed: error: wrong machine',
    ],
  ])('is refused when it %s, whatever else there is', async (_, make, reason) => {
    const { env, at } = machine();
    temporalAt(at('bin/temporal'), '1.1.0');
    const named = at('named');
    make(named);
    const search = findTemporalCli({ env: { ...env, TEMPORAL_CLI_PATH: named } });
    await expect(search).rejects.toMatchObject({
      name: 'TemporalCliUnusableError',
      path: named,
      message: expect.stringContaining(reason),
    });
  });

  test('is as good as not set when it is empty', async () => {
    const { env, at } = machine();
    temporalAt(at('bin/temporal'), '1.1.0');
    const { source } = await findTemporalCli({ env: { ...env, TEMPORAL_CLI_PATH: '' } });
    expect(source).toBe('PATH');
  });
});

describe('the PATH', () => {
  test('is searched on behind a `temporal` that fails', async () => {
    const { env, at } = machine();
    script(at('shims/temporal'), 'echo "no version set" >&2', 'exit 1');
    const working = temporalAt(at('bin/temporal'), '1.1.0');
    const PATH = [at('shims'), at('bin')].join(path.delimiter);
    const cli = await findTemporalCli({ env: { ...env, PATH } });
    expect(cli.path).toBe(working);
  });

  test('does not count where it is relative', async () => {
    const { env, at } = machine();
    temporalAt(at('project/temporal'), '6.6.6');
    const cached = temporalAt(at('cache/temporal-1.2.0'), '1.2.0');
    const PATH = path.relative(process.cwd(), at('project'));
    const cli = await findTemporalCli({ env: { ...env, PATH } });
    expect(cli.path).toBe(cached);
  });
});

describe('the cache', () => {
  test('gives its newest version', async () => {
    const { env, at } = machine();
    for (const version of ['1.9.1', '1.10.0', '1.2.30']) {
      temporalAt(at(`cache/temporal-${version}`), version);
    }
    expect(await findTemporalCli({ env })).toMatchObject({ version: '1.10.0' });
  });

  test('gives an older version where the newest does not run', async () => {
    const { env, at } = machine();
    script(at('cache/temporal-2.0.0'), 'exit 1');
    temporalAt(at('cache/temporal-1.9.1'), '1.9.1');
    expect(await findTemporalCli({ env })).toMatchObject({ version: '1.9.1' });
  });

  test('keeps what pip has installed', async () => {
    const { env, at } = machine();
    pythonAt(at('bin/python3'), '1.3.0');
    await findTemporalCli({ env });
    expect(await findTemporalCli({ env })).toMatchObject({ source: 'cache', version: '1.3.0' });
  });

  test('has one whole binary after several processes have installed it at once', async () => {
    const { env, at } = machine();
    pythonAt(at('bin/python3'), '1.3.0');
    const found = await Promise.all([1, 2, 3].map(() => findTemporalCli({ env })));
    expect(found.map(({ version }) => version)).toEqual(['1.3.0', '1.3.0', '1.3.0']);
    expect(readdirSync(at('cache'))).toEqual(['temporal-1.3.0']);
  });

  test('is cleared of what a process that was killed has left behind', async () => {
    const { env, at } = machine();
    pythonAt(at('bin/python3'), '1.3.0');
    mkdirSync(at('cache/incoming-old'), { recursive: true });
    mkdirSync(at('cache/incoming-new'));
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(at('cache/incoming-old'), anHourAgo, anHourAgo);
    await findTemporalCli({ env });
    expect(readdirSync(at('cache')).sort()).toEqual(['incoming-new', 'temporal-1.3.0']);
  });

  test('that cannot be made is the reason why nothing is downloaded', async () => {
    const { env, at } = machine();
    writeFileSync(at('file'), '');
    const search = findTemporalCli({ env: { ...env, OUTLAST_CACHE_DIR: at('file/cache') } });
    await expect(search).rejects.toThrow(/download: ENOTDIR.*file\/cache/);
  });
});

test('pip is given a working folder of its own, where no module of the project shadows one of Python', async () => {
  const { env, at } = machine();
  pythonAt(at('bin/python'), '1.3.0');
  script(at('bin/python3'), `pwd >> ${at('where')}`, `exec ${at('bin/python')} "$@"`);
  await findTemporalCli({ env });
  const folders = new Set(
    readFileSync(at('where'), 'utf8')
      .trim()
      .split('\n')
      .map((folder) => path.dirname(folder)),
  );
  expect([...folders]).toEqual([at('cache')]);
});

/** A machine with an empty PATH and cache, from which no download gets out. */
function machine(): {
  readonly env: Record<string, string>;
  readonly at: (file: string) => string;
} {
  const folder = tempFolder();
  const at = (file: string): string => path.join(folder, file);
  const nowhere = 'http://127.0.0.1:1';
  return { env: { PATH: at('bin'), OUTLAST_CACHE_DIR: at('cache'), HTTPS_PROXY: nowhere }, at };
}
