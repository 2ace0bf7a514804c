import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

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

test('TEMPORAL_ADDRESS is where it looks, and a server that is not there ends it with the reason', async () => {
  await expect(
    program('start-only.mjs', { TEMPORAL_ADDRESS: '127.0.0.1:1' }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No Temporal server answers at 127.0.0.1:1'),
  });
});
