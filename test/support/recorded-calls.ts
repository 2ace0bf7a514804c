import type { Outlast } from '../../src/client/index.js';
import { eventsOf, executionsUntil, type HistoryEvent } from '../../src/client/history.js';
import { dateOf } from '../../src/client/timestamp.js';

/** A call as the history of its run has it. */
export interface RecordedCall {
  readonly runId: string;
  readonly call: string;
  /** How often the server gave it to a worker. */
  readonly attempts: number;
  /** When its result came, in milliseconds; `null` where it failed. */
  readonly completed: number | null;
}

/** The calls of a run, and of the workflows in it. */
export async function recordedCalls(client: Outlast, runId: string): Promise<RecordedCall[]> {
  const run = await client.getRun(runId);
  if (run === null) throw new Error(`There is no run ${runId}.`);
  const events: HistoryEvent[] = [];
  const calls: RecordedCall[] = [];
  for await (const page of eventsOf(client.server, await executionsUntil(client.server, run))) {
    events.push(...page);
  }
  for (const [index, event] of events.entries()) {
    const nested = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (nested?.workflowId) calls.push(...(await recordedCalls(client, nested.workflowId)));
    const completed = event.activityTaskCompletedEventAttributes;
    const ended = completed ?? event.activityTaskFailedEventAttributes;
    if (!ended) continue;
    // Where the run went on in another execution the numbers of events begin anew.
    const before = (id: unknown): HistoryEvent | undefined =>
      events.slice(0, index).findLast(({ eventId }) => String(eventId) === String(id));
    const scheduled = before(ended.scheduledEventId)?.activityTaskScheduledEventAttributes;
    const started = before(ended.startedEventId)?.activityTaskStartedEventAttributes;
    const call = scheduled?.activityId ?? '';
    if (call.startsWith('outlast.')) continue;
    calls.push({
      ...{ runId, call, attempts: started?.attempt ?? 0 },
      completed: completed ? dateOf(event.eventTime)!.getTime() : null,
    });
  }
  return calls;
}
