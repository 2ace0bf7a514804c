import type { RunErrorCode } from '../plan/codes.js';
import type { RunErrorData } from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import type { FailureLike } from '../walk/outcome.js';
import type { Decoder } from './decoder.js';
import type { HistoryEvent } from './history.js';
import { dateOf } from './timestamp.js';

/** How a run has ended. */
export type RecordedClose =
  | { readonly status: 'completed'; readonly at: Date; readonly content: Json }
  | { readonly status: 'failed'; readonly at: Date; readonly error: RunErrorData }
  | { readonly status: 'cancelled'; readonly at: Date };

/** `null` for an event that closes nothing. */
export async function closeOf(
  event: HistoryEvent,
  decoder: Decoder,
): Promise<RecordedClose | null> {
  const at = dateOf(event.eventTime) ?? new Date(0);
  if (event.workflowExecutionCompletedEventAttributes) {
    const { result } = event.workflowExecutionCompletedEventAttributes;
    return { status: 'completed', at, content: await decoder.oneOrNull<Json>(result) };
  }
  if (event.workflowExecutionFailedEventAttributes) {
    const { failure } = event.workflowExecutionFailedEventAttributes;
    return { status: 'failed', at, error: runError(await decoder.error(failure)) };
  }
  if (event.workflowExecutionTimedOutEventAttributes) {
    const message = "The run's execution timeout, which was set outside outlast, is over.";
    return { status: 'failed', at, error: endedOutside(message) };
  }
  const cancelled =
    event.workflowExecutionCanceledEventAttributes ??
    event.workflowExecutionTerminatedEventAttributes;
  return cancelled ? { status: 'cancelled', at } : null;
}

function runError(failure: FailureLike): RunErrorData {
  if (failure.name !== 'ApplicationFailure') return endedOutside(failure.message);
  const facts = failure.details?.[0] as Partial<RunErrorData> | undefined;
  return {
    message: failure.message,
    code: (failure.type ?? 'INTERNAL') as RunErrorCode,
    step: facts?.step ?? null,
    type: facts?.type ?? null,
    attempts: facts?.attempts ?? null,
  };
}

function endedOutside(message: string): RunErrorData {
  return { message, code: 'RUN_ENDED_OUTSIDE', step: null, type: null, attempts: null };
}
