import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const PROGRAM = path.join(import.meta.dirname, 'programs/first-run.mjs');

test("the first run is done within 2 s of its process's start", async () => {
  const env = { ...process.env, TEMPORAL_ADDRESS: inject('temporal').address };
  const took: number[] = [];
  for (let time = 0; time < 5; time++) {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { env });
    const { content, after } = JSON.parse(stdout) as { content: string; after: number };
    expect(content).toBe('hello');
    took.push(after);
  }
  // The quickest: what else the machine is at only adds to it, and the first time warms the disk's cache.
  expect(Math.min(...took)).toBeLessThan(2_000);
});
