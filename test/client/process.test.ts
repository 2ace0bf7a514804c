import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';
import { Step, Workflow } from '../../src/index.js';
import { testBed } from '../support/temporal.js';

async function program(name: string, env: object = {}): Promise<{ stdout: string; took: number }> {
  const before = Date.now();
  const { address } = inject('temporal');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [path.join(import.meta.dirname, 'programs', name)],
    { env: { ...process.env, TEMPORAL_ADDRESS: address, ...env }, timeout: 30_000 },
  );
  return { stdout: stdout.trim(), took: Date.now() - before };
}

test('a program that only started a run ends by itself', async () => {
  const { stdout, took } = await program('start-only.mjs');
  expect(stdout).toMatch(/^echo-[0-9a-f-]{36}$/);
  expect(took).toBeLessThan(5_000);
});

test('a program that has streamed runs, and reads no further, ends by itself', async () => {
  const { worker, taskQueue } = await testBed();
  let letGo: () => void = () => undefined;
  const isFree = new Promise<void>((resolve) => (letGo = resolve));
  const step = new Step({ name: 'Step', executor: () => isFree });
  await worker([new Workflow({ name: 'Held', steps: [step] })]);
  onTestFinished(letGo);
  const { stdout, took } = await program('stream-and-leave.mjs', { TASK_QUEUE: taskQueue });
  expect(stdout).toMatch(/^WorkflowStarted\nStepStarted\nheld-[0-9a-f-]{36}$/);
  // The server would hold a poll for 20 s.
  expect(took).toBeLessThan(10_000);
});

test('TEMPORAL_ADDRESS is where it looks, and a server that is not there ends it with the reason', async () => {
  await expect(
    program('start-only.mjs', { TEMPORAL_ADDRESS: '127.0.0.1:1' }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No Temporal server answers at 127.0.0.1:1'),
  });
});
