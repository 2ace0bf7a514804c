import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import { documentedIn, patternOf, type Documented } from './documented.js';
import { descendantsOf, isAlive, root, run, start } from './program.js';

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

describe('of agents', () => {
  test.each([
    ['agent.ts', 'Bees dance to tell each other where flowers are.'],
    ['assistants.ts', 'Posso ajudar em mais alguma coisa?\n{\n  turns: 4,'],
    ['scripted-agent.ts', 'They dance.\nall about bees\n'],
    ['recorded-agent.ts', 'They dance.\n<instructions>\nAnswer from the notes alone'],
    ['team.ts', 'Bees / She danced, and all the hive knew where.\nTeamRunStarted Poets\n'],
  ])('%s', async (program, text) => {
    const { code, stdout, stderr } = await run(program);
    expect(withoutLog(stderr)).toBe('');
    expect(stdout).toContain(text);
    expect(code).toBe(0);
  });
});

describe('ends by Ctrl-C in its middle, without an error and without leaving a process', () => {
  test.each([
    ['background-run.ts', 'running Research'],
    ['events.ts', 'Hotel'],
  ])('%s', async (program, text) => {
    const { child, ended, ...started } = start(program);
    await started.wrote(text);
    const children = descendantsOf(child.pid);
    expect(children.length).toBeGreaterThan(0);
    child.kill('SIGINT');
    const { code, signal, stderr } = await ended;
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGINT' });
    expect(withoutLog(stderr)).toBe('');
    await expect.poll(() => children.filter(isAlive), { timeout: 5_000 }).toEqual([]);
  });
});

test('the worker says what it serves and where, serves it, and stops by Ctrl-C', async () => {
  const { address } = inject('temporal');
  const DOCUMENTS = 'node_modules/lru-cache';
  const worker = start('worker.ts', [], { TEMPORAL_ADDRESS: address, DOCUMENTS });
  await worker.wrote('Ctrl-C');
  await using client = await connect({ address });
  const topic = 'How do caches expire and evict their entries?';
  const done = await client.run('Deep Research Pipeline', topic);
  expect(done.content).toContain('1. README.md');

  worker.child.kill('SIGINT');
  const { code, stdout, stderr } = await worker.ended;
  expect(stderr).toBe('');
  expect(stdout).toContain('Serves   Deep Research Pipeline, Report\n');
  expect(stdout).toContain(`Server   ${address}, namespace default\nQueue    outlast\n`);
  expect(stdout).toMatch(/Stopped\.\n$/);
  expect(code).toBe(0);
});

test('a worker without a server says so in a line', async () => {
  const worker = start('worker.ts', [], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  const { code, stderr } = await worker.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^No Temporal server answers at 127\.0\.0\.1:1 .*\n$/);
});

/** The programs of which a page in docs/examples shows the output. */
function documented(): Documented[] {
  const folder = path.join(root, 'docs/examples');
  return readdirSync(folder).flatMap((file) => {
    const page = readFileSync(path.join(folder, file), 'utf8');
    return documentedIn(page) ?? [];
  });
}

/** What the worker logs of steps that fail on purpose: lines with a time, and indented ones under them. */
function withoutLog(stderr: string): string {
  return stderr.replaceAll(/^(?:\d{4}-\S+Z WARN | {4}).*\n/gm, '');
}
