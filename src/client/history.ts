import type { Connection } from '@temporalio/client';
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

/** The events that there are now, page by page. */
export async function* eventsOf(
  server: Server,
  execution: Execution,
  options: CallOptions = {},
): AsyncGenerator<readonly HistoryEvent[]> {
  let token: Uint8Array | null = null;
  do {
    const page: Response = await server.call(
      () =>
        server.service.getWorkflowExecutionHistory({
          ...request(server, execution),
          ...(token !== null && { nextPageToken: token }),
        }),
      options,
    );
    yield page.history?.events ?? [];
    token = page.nextPageToken.length > 0 ? page.nextPageToken : null;
  } while (token !== null);
}

/** Where a follower of a history has got to. */
export class HistoryCursor {
  #token: Uint8Array | null = null;
  #ended = false;

  constructor(
    readonly server: Server,
    readonly execution: Execution,
    /** Waits for the closing event alone. */
    readonly closeOnly = false,
  ) {}

  /** The history is closed, and all of it was given. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next events; none where nothing has happened for as long as the server holds a poll. May be called again after an error. */
  async next(options: CallOptions = {}): Promise<readonly HistoryEvent[]> {
    const page = await this.server.call(
      () =>
        this.server.service.getWorkflowExecutionHistory({
          ...request(this.server, this.execution),
          waitNewEvent: true,
          // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that isn't loaded here
          ...(this.closeOnly && { historyEventFilterType: CLOSE_EVENT }),
          ...(this.#token !== null && { nextPageToken: this.#token }),
        }),
      { ...options, within: LONG_POLL_WITHIN },
    );
    this.#ended = page.nextPageToken.length === 0;
    this.#token = page.nextPageToken;
    return page.history?.events ?? [];
  }
}

/** Temporal's number for it. */
const CLOSE_EVENT: number = 2;

function request(
  { namespace }: Server,
  { runId, temporalRunId }: Execution,
): {
  namespace: string;
  execution: { workflowId: string; runId: string };
  maximumPageSize: number;
} {
  return {
    namespace,
    execution: { workflowId: runId, runId: temporalRunId },
    maximumPageSize: PAGE_SIZE,
  };
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
