import { describe, expect, inject, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import { descendantsOf, isAlive, start, withoutLog } from './program.js';

describe('a program ends by Ctrl-C in its middle, without an error and without leaving a process', () => {
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
