import { setTimeout as sleep } from 'node:timers/promises';
import type { Duration } from '../plan/duration.js';
import { Options } from './options.js';
import type { Run } from './run.js';

/** Waits that grow by a factor, up to a longest one. */
export interface Backoff {
  /** @default '1 second' */
  readonly initial?: Duration;
  /** From 1. @default 2 */
  readonly factor?: number;
  /** @default '30 seconds' */
  readonly max?: Duration;
}

/** How often and how long a run is looked at. */
export interface PollOptions<Output = unknown> {
  /** Between two looks. @default '1 second' */
  readonly interval?: Duration;
  /** Instead of `interval`. */
  readonly backoff?: Backoff;
  /** Ends the polling, not the run: WaitTimeoutError. @default '5 minutes' */
  readonly timeout?: Duration;
  /** Ends the polling, not the run, with its reason. */
  readonly signal?: AbortSignal;
  /** Called after each look, with their number and what was seen: `null` where there is no such run, yet. */
  readonly onPoll?: (count: number, run: Run<Output> | null) => void;
}

export const POLL_OPTIONS = ['interval', 'backoff', 'timeout', 'signal', 'onPoll'] as const;

const DEFAULT_TIMEOUT = 300_000;

export interface Polling {
  readonly timeout: number;
  /** Milliseconds after so many looks, from 1. */
  readonly pause: (count: number) => number;
}

export function pollingOf(options: PollOptions<never>): Polling {
  const check = new Options('pollRun');
  const timeout = check.duration('timeout', options.timeout) ?? DEFAULT_TIMEOUT;
  const { backoff } = options;
  const interval = check.duration('interval', options.interval, 1);
  if (backoff === undefined) return { timeout, pause: () => interval ?? 1_000 };

  if (interval !== null) check.fail('interval', 'be left out beside `backoff`', options.interval);
  check.known(backoff, ['initial', 'factor', 'max']);
  const initial = check.duration('backoff.initial', backoff.initial, 1) ?? 1_000;
  const max = check.duration('backoff.max', backoff.max, 1) ?? 30_000;
  const { factor = 2 } = backoff;
  if (!Number.isFinite(factor) || factor < 1) {
    check.fail('backoff.factor', 'be a number from 1', factor);
  }
  return { timeout, pause: (count) => Math.min(max, initial * factor ** (count - 1)) };
}

/** Looks until what it sees is finished, or `null` when the time is over. */
export async function poll<Output>(
  look: () => Promise<Run<Output> | null>,
  { timeout, pause }: Polling,
  { signal, onPoll }: Pick<PollOptions<Output>, 'signal' | 'onPoll'>,
): Promise<Run<Output> | null> {
  const end = Date.now() + timeout;
  for (let count = 1; ; count++) {
    signal?.throwIfAborted();
    const run = await look();
    onPoll?.(count, run);
    const left = end - Date.now();
    if (run?.isFinished() === true || left <= 0) return run;
    await pauseFor(Math.min(pause(count), left), signal);
  }
}

/** @throws the signal's reason */
async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
