import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const built = path.join(root, 'dist/workflow-bundle.js');

/** What a bundle of workflow code without a single line of ours contains: the SDK and what it stands on. */
const TEMPORAL = ['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc'];

test("nothing but Temporal's and our own code is in the workflow bundle", () => {
  const sources = sourcesOf(readFileSync(built, 'utf8'));
  expect(packagesIn(sources)).toEqual(TEMPORAL);
  expect(foldersIn(sources)).toEqual(['plan', 'walk', 'workflows']);
});

test('a worker loads our modules once, not for each of its runs', () => {
  const [, preload] =
    /exports\.preloadModules = function preloadModules\(\) \{([^}]*)\}/.exec(
      readFileSync(built, 'utf8'),
    ) ?? [];
  expect(preload).toMatch(/__webpack_require__\(.*workflows-index\.js"\)/);
});

test('a package that workflow code imports is found in its bundle', async () => {
  const code = await bundle('test/guards/fixtures/bundle/workflows.js');
  expect(packagesIn(sourcesOf(code))).toEqual([...TEMPORAL, 'zod'].sort());
});

test('the workflow bundle names no place of the machine that built it', () => {
  const code = readFileSync(built, 'utf8');
  expect(code).not.toContain(root);
  expect(sourcesOf(code).filter((source) => path.isAbsolute(source))).toEqual([]);
});

/** The bundled files, from the source map at the bundle's end. */
function sourcesOf(code: string): string[] {
  const [, encoded = ''] = code.split(
    '//# sourceMappingURL=data:application/json;charset=utf-8;base64,',
  );
  const map = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { sources: string[] };
  return map.sources;
}

function packagesIn(sources: readonly string[]): string[] {
  return distinct(sources, /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//);
}

/** The folders of src/ that are in the bundle. */
function foldersIn(sources: readonly string[]): string[] {
  return distinct(sources, /^\.\/src\/([^/]+)\//);
}

function distinct(sources: readonly string[], pattern: RegExp): string[] {
  const names = sources.flatMap((source) => pattern.exec(source)?.[1] ?? []);
  return [...new Set(names)].sort();
}
