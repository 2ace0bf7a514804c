import { NonRetryableError, type Json, type RunStatus, type StepContext } from 'outlast';

/** How a run has ended, and who is to hear of it. */
export interface Outcome {
  readonly url: string;
  readonly runId: string;
  readonly status: RunStatus;
  readonly content: Json;
}

const EXCERPT_LENGTH = 1_000;

/**
 * Posts an outcome to a webhook. The receiver may get it twice, when an answer was lost or a worker was killed: it is to
 * tell repetitions by the Idempotency-Key.
 *
 * @throws NonRetryableError when the receiver refuses it; anything else is worth another attempt.
 */
export async function postOutcome(
  { url, runId, status, content }: Outcome,
  { idempotencyKey, signal }: Pick<StepContext, 'idempotencyKey' | 'signal'>,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
    body: JSON.stringify({ runId, status, content: excerpt(content) }),
    // A redirected POST would arrive as a GET.
    redirect: 'manual',
    signal,
  });
  // Unread it would keep the connection.
  await response.body?.cancel();
  if (response.ok) return;
  const message = `The webhook answered ${response.status}.`;
  throw isPassing(response.status) ? new Error(message) : new NonRetryableError(message);
}

/** Of those below 500, a time-out and too many requests are the only ones that aren't about the request itself. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function excerpt(content: Json): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  // Half of an emoji isn't text.
  return text.slice(0, EXCERPT_LENGTH).replace(/\p{Surrogate}$/u, '');
}
