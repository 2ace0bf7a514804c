import type { Json } from '../plan/json.js';
import type { Outcome } from '../walk/host.js';
import { nestedFailed, nestedResult, withRun } from '../walk/outcome.js';
import type { Decoder } from './decoder.js';
import type { HistoryEvent } from './history.js';

/** How a nested run has ended. */
export interface NestedEnd {
  /** The event that asked for it. */
  readonly initiated: unknown;
  /** For its step, by that one's name. `ending`: the run itself is to end. */
  readonly outcome: (name: string, runId: string, ending: boolean) => Outcome;
}

/** `null` for an event that ends none. */
export async function nestedEndOf(
  event: HistoryEvent,
  decoder: Decoder,
): Promise<NestedEnd | null> {
  const {
    childWorkflowExecutionCompletedEventAttributes: completed,
    childWorkflowExecutionFailedEventAttributes: failed,
  } = event;
  if (completed) {
    const content = await decoder.oneOrNull<Json>(completed.result);
    return {
      initiated: completed.initiatedEventId,
      outcome: (name, runId) => nestedResult(name, runId, content),
    };
  }
  const ended = failed
    ? { id: failed.initiatedEventId, error: await decoder.error(failed.failure) }
    : endedOtherwise(event);
  if (ended === null) return null;
  const { id, error } = ended;
  return {
    initiated: id,
    outcome: (name, runId, ending) => withRun(runId, nestedFailed(name, error, ending)),
  };
}

interface EndedOtherwise {
  readonly id: unknown;
  readonly error: { readonly name: string; readonly message: string };
}

/** Without a result and a failure of its own; the name is that of the class which Temporal's SDK has for it. */
function endedOtherwise(event: HistoryEvent): EndedOtherwise | null {
  const {
    childWorkflowExecutionCanceledEventAttributes: cancelled,
    childWorkflowExecutionTerminatedEventAttributes: terminated,
    childWorkflowExecutionTimedOutEventAttributes: timedOut,
    startChildWorkflowExecutionFailedEventAttributes: unstarted,
  } = event;
  const by = (initiated: unknown, name: string): EndedOtherwise => ({
    id: initiated,
    error: { name, message: name },
  });
  if (cancelled) return by(cancelled.initiatedEventId, 'CancelledFailure');
  if (terminated) return by(terminated.initiatedEventId, 'TerminatedFailure');
  if (timedOut) return by(timedOut.initiatedEventId, 'TimeoutFailure');
  return unstarted ? by(unstarted.initiatedEventId, 'CancelledFailure') : null;
}
