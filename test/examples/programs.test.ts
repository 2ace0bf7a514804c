import { inject, expect, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import { run, start } from './program.js';

test('the quickstart prints its run at once, and what it came to', async () => {
  const { code, stdout, stderr } = await run('quickstart.ts');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^quickstart-\S+ pending http\S+\n/);
  expect(stdout).toContain("Web: 'News of Renewable energy'");
  expect(code).toBe(0);
});

test('runs in the background are looked at, many at once, and cancelled', async () => {
  const { code, stdout, stderr } = await run('background.ts');
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining(['running Render', 'completed rendered in 700 ms', '10 completed']),
  );
  expect(stdout).toMatch(/^cancelled$/m);
  expect(code).toBe(0);
});

test('the worker says what it serves and where, serves it, and stops by Ctrl-C', async () => {
  const { address } = inject('temporal');
  const worker = start('worker.ts', [], { TEMPORAL_ADDRESS: address });
  await worker.wrote('Ctrl-C');
  await using client = await connect({ address });
  const topic = 'How do caches expire and evict their entries?';
  const done = await client.run('Deep Research', { topic, documents: ['node_modules/lru-cache'] });
  expect(done.content).toContain('node_modules/lru-cache/README.md');

  worker.child.kill('SIGINT');
  const { code, stdout, stderr } = await worker.ended;
  expect(stderr).toBe('');
  expect(stdout).toContain('Serves   Deep Research\n');
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
