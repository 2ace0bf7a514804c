import type { Json } from '../plan/json.js';
import { iterationOf } from '../plan/reference.js';
import type { WalkEvent } from '../walk/event.js';
import type { AnyRunEvent, RunEvent } from './events.js';

/** Of which run the events are. */
export type EventSource = Omit<AnyRunEvent, 'offset' | 'createdAt'>;

/** What the run itself tells, beside its nodes. */
type OfTheRun =
  | { readonly event: 'WorkflowStarted'; readonly input: Json }
  | Pick<Extract<RunEvent, { event: 'WorkflowCompleted' }>, 'event' | 'content'>
  | Pick<Extract<RunEvent, { event: 'WorkflowError' }>, 'event' | 'error'>
  | { readonly event: 'WorkflowCancelled' };

/** Collects the events of a run while its history is read. An event's offset is its place here. */
export class EventLog {
  readonly #events: RunEvent[] = [];
  #source: EventSource = { runId: '', workflowId: '', workflowName: '', sessionId: null };
  #at = new Date(0);

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** What is told from here on is of that run. */
  of(source: Partial<EventSource>): void {
    this.#source = { ...this.#source, ...source };
  }

  /** What is told from here on happened then. */
  at(time: Date | null): void {
    this.#at = time ?? this.#at;
  }

  ofTheRun(facts: OfTheRun): void {
    this.#events.push({ ...facts, ...this.#head() });
  }

  ofANode({ stepName, stepPath, pass, ...facts }: WalkEvent): void {
    const iteration = iterationOf(pass);
    const { event } = facts;
    // In the order in which people want to read it.
    const place = { event, stepName, stepPath, ...(iteration !== null && { iteration }) };
    this.#events.push({ ...place, ...facts, ...this.#head() });
  }

  #head(): AnyRunEvent {
    return { offset: this.#events.length, createdAt: this.#at, ...this.#source };
  }
}
