import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { WORKFLOWS_PATH } from '../hand-written/bundle.js';

/** A program that starts, serves, and has one run done. */
export type Program = 'outlast' | 'hand-written' | 'hand-written-bundling';

/** Milliseconds from the start of a process to when it has its first run done. */
export async function firstRun(
  program: Program,
  address: string,
  bundlePath: string,
): Promise<number> {
  const taskQueue = `bench-first-run-${randomUUID()}`;
  const [file, ...how] = {
    outlast: [OUTLAST],
    'hand-written': [HAND_WRITTEN, '--bundle', bundlePath],
    'hand-written-bundling': [HAND_WRITTEN, '--workflows', WORKFLOWS_PATH],
  }[program];
  const began = performance.now();
  const child = spawn(process.execPath, [file ?? '', address, taskQueue, ...how], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const done: number[] = [];
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes(RESULT)) done.push(performance.now() - began);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await closed) as [number | null];
  const [first] = done;
  if (code === 0 && first !== undefined) return first;
  throw new Error(`${file ?? ''} ended with ${String(code)} and no result:\n${stderr}`);
}

const OUTLAST = fileURLToPath(new URL('../first-run/outlast.mjs', import.meta.url));
const HAND_WRITTEN = fileURLToPath(new URL('../first-run/hand-written.mjs', import.meta.url));
const RESULT = 'HELLO!';
