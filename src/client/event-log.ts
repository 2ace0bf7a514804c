import type { Json } from '../plan/json.js';
import { iterationOf, type Pass } from '../plan/reference.js';
import type { WalkEvent } from '../walk/event.js';
import type { AgentRunContentEvent, AnyRunEvent, AnyStepEvent, RunEvent } from './events.js';

/** Of which run the events are. */
export type EventSource = Omit<AnyRunEvent, 'offset' | 'createdAt'>;

/** What the run itself tells, beside its nodes. */
type OfTheRun =
  | { readonly event: 'WorkflowStarted'; readonly input: Json }
  | Pick<Extract<RunEvent, { event: 'WorkflowCompleted' }>, 'event' | 'content' | 'metrics'>
  | Pick<Extract<RunEvent, { event: 'WorkflowError' }>, 'event' | 'error' | 'metrics'>
  | Pick<Extract<RunEvent, { event: 'WorkflowCancelled' }>, 'event' | 'metrics'>;

/** What is told of a turn under way, with its place and time. */
export interface ContentFacts extends Omit<
  AgentRunContentEvent,
  Exclude<keyof AnyStepEvent, 'stepName' | 'stepPath'>
> {
  readonly pass: Pass;
  readonly at: Date;
}

/** Collects the events of a run while its history is read. An event's offset is its place here. */
export class EventLog {
  readonly #events: RunEvent[] = [];
  #source: EventSource = { runId: '', workflowId: '', workflowName: '', sessionId: null };
  #at = new Date(0);

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** When what is told now happened. */
  get time(): Date {
    return this.#at;
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
    const place = placeOf(facts.event, stepName, stepPath, pass);
    this.#events.push({ ...place, ...facts, ...this.#head() });
  }

  /** An event that isn't kept, and has the offset of the one before it. */
  passing({ stepName, stepPath, pass, at, ...facts }: ContentFacts, offset: number): RunEvent {
    const place = placeOf(facts.event, stepName, stepPath, pass);
    return { ...place, ...facts, offset, createdAt: at, ...this.#source };
  }

  #head(): AnyRunEvent {
    return { offset: this.#events.length, createdAt: this.#at, ...this.#source };
  }
}

/** In the order in which people want to read it. */
function placeOf(
  event: RunEvent['event'],
  stepName: string,
  stepPath: string,
  pass: Pass,
): Pick<AnyStepEvent, 'stepName' | 'stepPath' | 'iteration'> & Pick<RunEvent, 'event'> {
  const iteration = iterationOf(pass);
  return { event, stepName, stepPath, ...(iteration !== null && { iteration }) };
}
