import type { ModelErrorCode } from '../../plan/model-error.js';

/** What a failure means for the turn. */
export interface Verdict {
  readonly code: ModelErrorCode;
  readonly retry: boolean;
}

export const UNAVAILABLE: Verdict = { code: 'MODEL_UNAVAILABLE', retry: true };
export const ANSWER_INVALID: Verdict = { code: 'MODEL_ANSWER_INVALID', retry: true };
/** Models draw their words: the next answer may be another one. */
export const ANSWER_EMPTY: Verdict = { code: 'MODEL_ANSWER_EMPTY', retry: true };
export const ANSWER_CUT: Verdict = { code: 'MODEL_ANSWER_CUT', retry: true };
/** The same request would meet the same model, or the same filter. */
export const ANSWER_REFUSED: Verdict = { code: 'MODEL_ANSWER_REFUSED', retry: false };
export const CONTENT_FILTERED: Verdict = { code: 'MODEL_CONTENT_FILTERED', retry: false };
export const KEY_INVALID: Verdict = { code: 'MODEL_KEY_INVALID', retry: false };
export const NOT_TRUSTED: Verdict = { code: 'MODEL_NOT_TRUSTED', retry: false };
const CONTEXT_OVERFLOW: Verdict = { code: 'MODEL_CONTEXT_OVERFLOW', retry: false };
const QUOTA_EXHAUSTED: Verdict = { code: 'MODEL_QUOTA_EXHAUSTED', retry: false };
const RATE_LIMITED: Verdict = { code: 'MODEL_RATE_LIMITED', retry: true };
const UNKNOWN: Verdict = { code: 'MODEL_UNKNOWN', retry: false };
const REFUSED: Verdict = { code: 'MODEL_REQUEST_REFUSED', retry: false };

/** What a provider says of a failure. */
export interface Said {
  readonly message: string;
  /** Its own words for programs, as far as it has any: `context_length_exceeded`. */
  readonly codes: readonly string[];
}

/** What providers call a failure, and how those say it that have no word for it. The first row that fits counts. */
const BY_WORD: readonly { verdict: Verdict; codes: readonly string[]; says: RegExp }[] = [
  {
    verdict: CONTEXT_OVERFLOW,
    codes: ['context_length_exceeded', 'exceed_context_size_error', 'request_too_large'],
    says: /(?:prompt|input) is too long|maximum (?:context|prompt) length|exceeds? the (?:available )?context|context (?:length|window) exceeded|greater than the context length|input token count.*exceeds|reduce the length of the messages/i,
  },
  {
    verdict: CONTENT_FILTERED,
    codes: ['content_filter', 'content_policy_violation', 'ResponsibleAIPolicyViolation'],
    says: /content management policy|content filtering policy|(?:prompt|input) was flagged/i,
  },
  {
    verdict: QUOTA_EXHAUSTED,
    codes: ['insufficient_quota'],
    says: /credit balance is too low|insufficient (?:balance|credits)/i,
  },
  {
    verdict: UNKNOWN,
    codes: ['model_not_found', 'DeploymentNotFound', 'invalid_model'],
    says: /not a valid model|(?:invalid|unknown) model\b|model\b.{0,200} (?:does not exist|(?:is )?not found)/i,
  },
  {
    verdict: KEY_INVALID,
    codes: ['invalid_api_key'],
    says: /api key not valid/i,
  },
];

/** Statuses under which a provider's prose counts, beside its words for programs: under others the status says more. */
const PROSE_COUNTS: ReadonlySet<number> = new Set([400, 403, 404, 413, 422, 500]);

/** What a status means where nothing more is said. Any other below 500 is the caller's fault, and isn't retried. */
const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: KEY_INVALID,
  402: QUOTA_EXHAUSTED,
  403: KEY_INVALID,
  404: UNKNOWN,
  408: UNAVAILABLE,
  409: UNAVAILABLE,
  413: CONTEXT_OVERFLOW,
  429: RATE_LIMITED,
};

/** What a provider's failure means: by its word for it, by what it says, or else by the status. */
export function verdictOf(status: number, { message, codes }: Said): Verdict {
  const isProse = PROSE_COUNTS.has(status);
  const row = BY_WORD.find(
    (word) =>
      word.codes.some((code) => codes.includes(code)) || (isProse && word.says.test(message)),
  );
  return row?.verdict ?? BY_STATUS[status] ?? (status >= 500 ? UNAVAILABLE : REFUSED);
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
