import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, test, vi } from 'vitest';
import { walls } from '../../scripts/lint/walls.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const fixtures = path.join(import.meta.dirname, 'fixtures');

// The first look makes a program of all types, on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

describe("a wall between folders can't be climbed", () => {
  const files = filesUnder(path.join(fixtures, 'walls/src'));

  test.each(files)('%s', async (file) => {
    const lines = readFileSync(path.join(fixtures, 'walls/src', file), 'utf8').split('\n');
    const marked = lines.flatMap((line, at) => (line.endsWith('// refused') ? [at + 1] : []));
    expect(await complaints('outlast/walls', path.join('walls/src', file))).toEqual(marked);
  });

  test('a wall without a fixture', () => {
    const tried = files.map((file) => file.split('/')[0]);
    expect(Object.keys(walls).filter((folder) => !tried.includes(folder))).toEqual([]);
  });

  test('a folder of src without a wall', () => {
    const folders = readdirSync(path.join(root, 'src'));
    expect(folders.filter((folder) => !(folder in walls))).toEqual([]);
  });
});

test("an import circle can't hide behind .js specifiers", async () => {
  for (const file of ['one.ts', 'two.ts', 'three.ts']) {
    expect(await complaints('import-x/no-cycle', path.join('cycle', file))).toEqual([1]);
  }
});

const eslint = new ESLint({ cwd: root, ignore: false });

/** The lines of a fixture at which `rule` of the project's own configuration complains. */
async function complaints(rule: string, file: string): Promise<number[]> {
  const [result] = await eslint.lintFiles(path.join(fixtures, file));
  const messages = result?.messages ?? [];
  expect(messages.filter((message) => message.fatal)).toEqual([]);
  return messages.filter((message) => message.ruleId === rule).map((message) => message.line);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
