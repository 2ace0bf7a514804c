import type { RunErrorCode } from '../../plan/codes.js';

/** A model gave no answer. The message holds what the provider said, and never a key. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: RunErrorCode;
  readonly retry: boolean;
  /** Milliseconds to wait before the next attempt, where the provider says so. */
  readonly retryAfter: number | null;

  constructor(message: string, verdict: Verdict, retryAfter: number | null = null) {
    super(message);
    this.code = verdict.code;
    this.retry = verdict.retry;
    this.retryAfter = retryAfter;
  }
}

/** What a failure means for the turn. */
export interface Verdict {
  readonly code: RunErrorCode;
  readonly retry: boolean;
}

/** What a model provider's status means. Any other below 500 is the caller's fault, and isn't retried. */
const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: { code: 'MODEL_KEY_INVALID', retry: false },
  403: { code: 'MODEL_KEY_INVALID', retry: false },
  408: { code: 'MODEL_UNAVAILABLE', retry: true },
  409: { code: 'MODEL_UNAVAILABLE', retry: true },
  429: { code: 'MODEL_RATE_LIMITED', retry: true },
};

export const UNAVAILABLE: Verdict = { code: 'MODEL_UNAVAILABLE', retry: true };
export const ANSWER_INVALID: Verdict = { code: 'MODEL_ANSWER_INVALID', retry: true };
export const KEY_INVALID: Verdict = { code: 'MODEL_KEY_INVALID', retry: false };
export const NOT_TRUSTED: Verdict = { code: 'MODEL_NOT_TRUSTED', retry: false };
const REFUSED: Verdict = { code: 'MODEL_REQUEST_REFUSED', retry: false };

export function verdictOf(status: number): Verdict {
  return BY_STATUS[status] ?? (status >= 500 ? UNAVAILABLE : REFUSED);
}

/** No wait is longer, whatever a provider says. */
const MAX_WAIT = 3_600_000;

/** Milliseconds that a provider asks to wait: by a number of seconds, or by a date. */
export function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), MAX_WAIT);
}
