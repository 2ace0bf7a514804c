import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentedIn, patternOf, type Documented } from './documented.js';
import { root, run } from './program.js';

test('the quickstart prints its run at once, and what it came to', async () => {
  const { code, stdout, stderr } = await run('quickstart.ts');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^quickstart-\S+ pending http\S+\n/);
  expect(stdout).toContain("Web: 'News of Renewable energy'");
  expect(code).toBe(0);
});

describe('prints what its documentation says', () => {
  test.each(documented())('$program', async ({ program, output }) => {
    const { code, stdout } = await run(program);
    expect(stdout).toMatch(patternOf(output));
    expect(code).toBe(0);
  });

  test('which is found for each', () => {
    expect(documented().map(({ program }) => program)).toEqual([
      'background-run.ts',
      'error-handling.ts',
      'events.ts',
      'many-workflows.ts',
      'on-finish.ts',
      'polling-patterns.ts',
      'session.ts',
      'webhook.ts',
    ]);
  });

  test('and differs where it does', () => {
    const pattern = patternOf('a-…\n…\nb');
    expect('a-1\nb\n').toMatch(pattern);
    expect('a-1\nc\nd\nb\n').toMatch(pattern);
    expect('a-\nb\n').not.toMatch(pattern);
    expect('a-1 2\nb\n').not.toMatch(pattern);
    expect('a-1\nb\nc\n').not.toMatch(pattern);
  });
});

/** The programs of which a page in docs/examples shows the output. */
function documented(): Documented[] {
  const folder = path.join(root, 'docs/examples');
  return readdirSync(folder).flatMap((file) => {
    const page = readFileSync(path.join(folder, file), 'utf8');
    return documentedIn(page) ?? [];
  });
}
