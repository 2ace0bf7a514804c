import type { Duration } from '../plan/duration.js';
import { DEFAULT_STEP_TIMEOUT, DEFAULT_TURN_TIMEOUT } from '../plan/limits.js';
import type { Policy } from '../plan/plan.js';
import { Check } from './check.js';

/** How long to wait between attempts. */
export interface RetryOptions {
  /**
   * Wait before the second attempt; multiplied by `backoff` before each further one.
   * @default '1 second'
   */
  readonly initialInterval?: Duration;
  /**
   * From 1, which keeps the wait as it is.
   * @default 2
   */
  readonly backoff?: number;
  /**
   * The longest wait: at least `initialInterval`.
   * @default '1 minute', or `initialInterval` where that is longer
   */
  readonly maxInterval?: Duration;
}

/** How often and how long a step is tried. On a workflow they are the defaults of its steps. */
export interface PolicyOptions {
  /**
   * Attempts after the first. Only what the executor throws, and its time-outs, count: a killed worker costs none.
   * @default 3
   */
  readonly maxRetries?: number;
  readonly retry?: RetryOptions;
  /**
   * For each attempt of a step; at most 24 days.
   * @default '5 minutes'
   */
  readonly timeout?: Duration;
}

export const DEFAULT_POLICY: Policy = {
  maxRetries: 3,
  initialInterval: 1_000,
  backoff: 2,
  maxInterval: 60_000,
  timeout: DEFAULT_STEP_TIMEOUT,
};

/** Of an agent's turns: models take their time. */
export const DEFAULT_TURN_POLICY: Policy = { ...DEFAULT_POLICY, timeout: DEFAULT_TURN_TIMEOUT };

/** Of what is called when a run is over: half a minute of trying, for the run is open as long. */
export const DEFAULT_FINISH_POLICY: Policy = { ...DEFAULT_POLICY, maxRetries: 5, timeout: 60_000 };

/** Only what is given; the rest is the workflow's. */
export function givenPolicy(options: PolicyOptions, check: Check): Partial<Policy> {
  const { maxRetries, retry, timeout } = options;
  return {
    ...(maxRetries !== undefined && { maxRetries: check.integer('maxRetries', maxRetries, 0) }),
    ...(retry !== undefined && givenWaits(retry, check)),
    ...(timeout !== undefined && { timeout: check.duration('timeout', timeout) }),
  };
}

function givenWaits(retry: RetryOptions, check: Check): Partial<Policy> {
  new Check(`${check.at}: \`retry\``).known(retry, ['initialInterval', 'backoff', 'maxInterval']);
  const { initialInterval: first, backoff, maxInterval: longest } = retry;
  const waits = {
    ...(first !== undefined && { initialInterval: check.duration('retry.initialInterval', first) }),
    ...(backoff !== undefined && { backoff: check.number('retry.backoff', backoff, 1) }),
    ...(longest !== undefined && { maxInterval: check.duration('retry.maxInterval', longest) }),
  };
  const { initialInterval = 0, maxInterval = Infinity } = waits;
  if (maxInterval < initialInterval)
    check.fail('retry.maxInterval', 'be at least `retry.initialInterval`', longest);
  return waits;
}
