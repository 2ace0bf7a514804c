import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { ServerError } from './errors.js';
import { isNotFound, type CallOptions, type Server } from './server.js';

type Response = Awaited<ReturnType<Connection['workflowService']['getWorkflowExecutionHistory']>>;

/** An event as Temporal keeps it. */
export type HistoryEvent = NonNullable<NonNullable<Response['history']>['events']>[number];

/** One Temporal run of a run. */
export interface Execution {
  readonly runId: string;
  readonly temporalRunId: string;
}

/** The server holds a long poll for some 20 seconds. */
const LONG_POLL_WITHIN = 70_000;
/** The server gives no more, and logs a warning for each time that it is asked to. */
const PAGE_SIZE = 256;
/** How often in a row a reader begins again whose place the server has lost, and milliseconds that it waits longer each time. */
const MAX_LOST = 5;
const LOST_PAUSE = 50;
/** Temporal's number for it. */
const CLOSE_EVENT: number = 2;

/**
 * What a cursor gives: the events that there are now, each event when it happens, or the closing one alone, when it
 * happens.
 */
export type CursorMode = 'now' | 'all' | 'close';

/** Where a reader of a run's history has got to, from one execution of the run to the next that continues it. */
export class HistoryCursor {
  readonly #rest: Execution[];
  #execution: Execution;
  #token: Uint8Array | null = null;
  #last: HistoryEvent | undefined;
  /** The id of the latest event of this execution that was given. */
  #given = 0;
  /** How often the server lost its place since it last gave something new. */
  #lost = 0;
  #ended = false;

  /** @param executions Where to begin, and those after it that are known. */
  constructor(
    readonly server: Server,
    [first, ...rest]: readonly [Execution, ...Execution[]],
    readonly mode: CursorMode,
  ) {
    this.#execution = first;
    this.#rest = rest;
  }

  /** The one whose events come next. */
  get execution(): Execution {
    return this.#execution;
  }

  /** The history is closed, or with `now` at its end, and all of it was given. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next events; none where nothing has happened for as long as the server holds a poll. May be called again after an error. */
  async next(options: CallOptions = {}): Promise<readonly HistoryEvent[]> {
    const page = await this.#page(options);
    if (page === null) return [];
    const events = page.history?.events ?? [];
    this.#last = events.at(-1) ?? this.#last;
    const news = events.filter(({ eventId }) => Number(eventId) > this.#given);
    this.#given = Number(news.at(-1)?.eventId ?? this.#given);
    if (news.length > 0) this.#lost = 0;
    this.#token = page.nextPageToken;
    if (this.#token.length === 0) this.#goOn();
    return news;
  }

  /** `null` where it has to be read from its beginning again. */
  async #page(options: CallOptions): Promise<Response | null> {
    const waits = this.mode !== 'now';
    try {
      return await this.server.call(
        () =>
          this.server.service.getWorkflowExecutionHistory({
            ...request(this.server, this.#execution, PAGE_SIZE),
            waitNewEvent: waits,
            // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that isn't loaded here
            ...(this.mode === 'close' && { historyEventFilterType: CLOSE_EVENT }),
            ...(this.#token !== null && { nextPageToken: this.#token }),
          }),
        waits ? { ...options, within: LONG_POLL_WITHIN } : options,
      );
    } catch (error) {
      if (this.#token === null || !isLostPlace(error) || this.#lost === MAX_LOST) throw error;
      this.#lost += 1;
      this.#token = null;
      await sleep(this.#lost * LOST_PAUSE);
      return null;
    }
  }

  #goOn(): void {
    this.#token = null;
    this.#given = 0;
    const next = this.#rest.shift() ?? continuationOf(this.#execution, this.#last);
    if (next === null) this.#ended = true;
    else this.#execution = next;
  }
}

/**
 * An overloaded server may fall back to an earlier state of a run than it has told of, and then knows no more where a
 * reader was. Its words are all that tells this from other requests that it refuses.
 */
function isLostPlace(error: unknown): boolean {
  return error instanceof ServerError && /branch tokens|versioned transitions/.test(error.message);
}

/** The events that there are now, page by page. */
export async function* eventsOf(
  server: Server,
  executions: readonly [Execution, ...Execution[]],
  options: CallOptions = {},
): AsyncGenerator<readonly HistoryEvent[]> {
  const cursor = new HistoryCursor(server, executions, 'now');
  while (!cursor.ended) yield await cursor.next(options);
}

/** An execution that continued as new says in its last event which one goes on. */
function continuationOf({ runId }: Execution, last: HistoryEvent | undefined): Execution | null {
  const next = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  return next ? { runId, temporalRunId: next } : null;
}

/**
 * The executions that led to this one by continuing as new, and itself, oldest first. Not what a reset or a new start
 * under the same id has left behind. Those whose retention is over are left out.
 */
export async function executionsUntil(
  server: Server,
  last: Execution,
  options: CallOptions = {},
): Promise<readonly [Execution, ...Execution[]]> {
  let executions: readonly [Execution, ...Execution[]] = [last];
  let before = (await beginningOf(server, last, options))?.before ?? null;
  while (before !== null) {
    const beginning = await beginningOf(server, before, options);
    if (beginning === null) break;
    executions = [before, ...executions];
    before = beginning.before;
  }
  return executions;
}

/** Temporal's number for an execution that another one has continued as, and not tried again or repeated. */
const BY_CONTINUING: number = 1;

/** Which execution this one continues; `null` for one that isn't there. */
async function beginningOf(
  server: Server,
  execution: Execution,
  options: CallOptions,
): Promise<{ readonly before: Execution | null } | null> {
  const page = await orNull(
    server.call(
      () => server.service.getWorkflowExecutionHistory(request(server, execution, 1)),
      options,
    ),
  );
  if (page === null) return null;
  const started = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  const { continuedExecutionRunId } = started;
  const continues = continuedExecutionRunId && isContinued(started);
  return {
    before: continues ? { runId: execution.runId, temporalRunId: continuedExecutionRunId } : null,
  };
}

type Started = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>;

/** Whether another execution has continued as the one that starts so. */
export function isContinued({ continuedExecutionRunId, initiator }: Started): boolean {
  return Boolean(continuedExecutionRunId) && Number(initiator) === BY_CONTINUING;
}

/** Whether an operator has reset the run here: what comes before the event is another execution's. */
export function isReset({ workflowTaskFailedEventAttributes }: HistoryEvent): boolean {
  return Boolean(workflowTaskFailedEventAttributes?.newRunId);
}

function request(
  { namespace }: Server,
  { runId, temporalRunId }: Execution,
  maximumPageSize: number,
): {
  namespace: string;
  execution: { workflowId: string; runId: string };
  maximumPageSize: number;
} {
  return { namespace, execution: { workflowId: runId, runId: temporalRunId }, maximumPageSize };
}

/** Whether it is the run's own: workflow tasks are how Temporal goes about it. */
export function isOfTheRun(event: HistoryEvent): boolean {
  return !(
    event.workflowTaskScheduledEventAttributes ??
    event.workflowTaskStartedEventAttributes ??
    event.workflowTaskCompletedEventAttributes
  );
}

/** What the call gives, or `null` where the run that it names doesn't exist. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
