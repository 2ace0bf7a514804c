import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

/** Native code and a VM for workflows: seconds at start, and nothing that a web server has a use for. */
const HEAVY = ['@temporalio/core-bridge', '@temporalio/worker', '@temporalio/workflow'];

describe.each(['outlast', 'outlast/client', 'outlast/tools'])('%s', (face) => {
  test('loads neither the worker nor the workflow sandbox', async () => {
    const loaded = await loadedBy(face);
    expect(loaded.files).not.toEqual([]);
    expect(loaded.packages.filter((name) => HEAVY.includes(name))).toEqual([]);
  });
});

test('tools load what only one of them needs when that one is used', async () => {
  const { packages } = await loadedBy('outlast/tools');
  expect(packages).toContain('htmlparser2');
  const later = ['exa-js', 'minisearch', '@modelcontextprotocol/sdk', 'undici'];
  expect(packages.filter((name) => later.includes(name))).toEqual([]);
});

test('whatever loads the worker or the sandbox is seen to', async () => {
  const worker = await loadedBy('outlast/worker');
  expect(worker.packages).toContain('@temporalio/worker');
  const sandbox = await loadedBy('@temporalio/workflow');
  expect(sandbox.packages).toContain('@temporalio/workflow');
});

/** What `import(specifier)` loads in a fresh process: packages, and files of our own. */
async function loadedBy(specifier: string): Promise<{ packages: string[]; files: string[] }> {
  const report = path.join(import.meta.dirname, 'fixtures/load/report.mjs');
  const { stdout } = await run(process.execPath, [report, specifier], { cwd: root });
  const loaded = JSON.parse(stdout) as string[];
  const names = loaded.flatMap(
    (file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  );
  return {
    packages: [...new Set(names)],
    files: loaded.filter((file) => file.startsWith(path.join(root, 'dist'))),
  };
}
