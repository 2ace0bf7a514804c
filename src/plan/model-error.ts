import type { RunErrorCode } from './codes.js';
import { OutlastError } from './errors.js';

/** What a model's failure is called. */
export type ModelErrorCode = Extract<RunErrorCode, `MODEL_${string}`>;

/** What is known of a model's failure. */
export interface ModelFailure {
  readonly code: ModelErrorCode;
  /**
   * Whether a further attempt may help.
   * @default for an outage, a rate limit, and an answer that is invalid, empty or cut off
   */
  readonly retry?: boolean;
  /**
   * Milliseconds to wait before the next attempt, where the provider says so.
   * @default none
   */
  readonly retryAfter?: number | null;
}

const RETRIED: ReadonlySet<ModelErrorCode> = new Set<ModelErrorCode>([
  ...(['MODEL_RATE_LIMITED', 'MODEL_UNAVAILABLE'] as const),
  ...(['MODEL_ANSWER_INVALID', 'MODEL_ANSWER_EMPTY', 'MODEL_ANSWER_CUT'] as const),
]);

/** A model gave no answer. A provider of yours throws it, too. The message holds what the provider said, and never a key. */
export class ModelError extends OutlastError {
  readonly code: ModelErrorCode;
  readonly retry: boolean;
  /** Milliseconds; `null` for no wait. */
  readonly retryAfter: number | null;

  constructor(message: string, { code, retry, retryAfter = null }: ModelFailure) {
    super(message);
    this.code = code;
    this.retry = retry ?? RETRIED.has(code);
    this.retryAfter = retryAfter;
  }

  /** Tells them from other errors. One of another copy of this package counts. */
  static is(error: unknown): error is ModelError {
    if (!(error instanceof Error) || error.name !== 'ModelError') return false;
    const { code } = error as { code?: unknown };
    return typeof code === 'string' && code.startsWith('MODEL_');
  }
}
