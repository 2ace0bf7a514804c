import { activeCall, describe, type Description, type Waiting } from './describe.js';
import {
  eventsOf,
  executionsUntil,
  isContinued,
  isReset,
  type Execution,
  type HistoryEvent,
} from './history.js';
import { idsOf } from './memo.js';
import type { RecordedClose } from './recorded-close.js';
import { Recording, type RecordedView } from './recording.js';
import type { ActiveStep, RunFacts, RunHealth, SummaryFacts } from './run.js';
import type { CallOptions, Server } from './server.js';
import { dateOf } from './timestamp.js';
import { uiUrlOf } from './ui-url.js';

/** A run as it is now, from one look at it and its history; `null` where there is none. */
export async function readRun(
  server: Server,
  runId: string,
  options: CallOptions = {},
): Promise<RunFacts | null> {
  const description = await describe(server, runId, options);
  if (description === null) return null;
  const recording = new Recording(server.client.options.loadedDataConverter);
  const executions = await executionsOf(server, description, options);
  for await (const events of eventsOf(server, executions, options)) {
    await recording.add(events);
  }
  const view = recording.view();
  const facts = await factsOf(server, description, view, options);
  const nested = facts.health.state === 'ok' ? await nestedHealth(server, view, options) : null;
  return nested === null ? facts : { ...facts, health: nested };
}

/**
 * A run that has just been seen to close, from its history alone, which spares the server a look. `null` where that isn't
 * all of it: the run has other executions than this one.
 */
export async function readClosed(
  server: Server,
  runId: string,
  options: CallOptions,
): Promise<RunFacts | null> {
  const recording = new Recording(server.client.options.loadedDataConverter);
  let summary: ClosedSummary | null = null;
  for await (const events of eventsOf(server, [{ runId, temporalRunId: '' }], options)) {
    summary ??= await summaryFrom(server, events[0]);
    if (summary === null || events.some(isReset)) return null;
    await recording.add(events);
  }
  const view = recording.view();
  // What a reset leaves behind is terminated.
  if (summary === null || view.close === null || view.close.status === 'cancelled') return null;
  return closedFacts(summary, view, view.close);
}

/** What doesn't change when a run closes. */
type ClosedSummary = Omit<SummaryFacts, 'status' | 'finishedAt' | 'activeSteps' | 'health'>;

/** What a history's first event says of its run; `null` where it continues another one. */
async function summaryFrom(
  server: Server,
  event: HistoryEvent | undefined,
): Promise<ClosedSummary | null> {
  const started = event?.workflowExecutionStartedEventAttributes;
  if (!started || isContinued(started)) return null;
  const runId = started.workflowId ?? '';
  const temporalRunId = started.originalExecutionRunId ?? '';
  const workflowName = started.workflowType?.name ?? '';
  const converter = server.client.options.loadedDataConverter;
  return {
    ...{ runId, temporalRunId, workflowName },
    ...(await idsOf(converter, workflowName, started.memo?.fields)),
    parentRunId: started.parentWorkflowExecution?.workflowId || null,
    createdAt: dateOf(event.eventTime) ?? new Date(0),
    url: uiUrlOf(server.config, runId, temporalRunId),
  };
}

/** The executions that make up a run until now, oldest first. */
export async function executionsOf(
  server: Server,
  { runId, temporalRunId, firstRunId }: Description,
  options: CallOptions,
): Promise<readonly [Execution, ...Execution[]]> {
  const newest = { runId, temporalRunId };
  return firstRunId === temporalRunId ? [newest] : executionsUntil(server, newest, options);
}

/** Joins what the server says of a run's present with what its history says of its past. The history is the later of the two. */
export async function factsOf(
  server: Server,
  description: Description,
  view: RecordedView,
  options: CallOptions,
): Promise<RunFacts> {
  const {
    waiting: _waiting,
    calls: _calls,
    firstRunId: _firstRunId,
    historyLength: _historyLength,
    ...summary
  } = description;
  const { close, startedAt } = view;
  if (close !== null) return closedFacts(summary, view, close);
  return {
    ...recordedFacts(summary, view),
    // It may have closed since it was described.
    status: summary.status === 'pending' && startedAt === null ? 'pending' : 'running',
    finishedAt: null,
    content: null,
    error: null,
    activeSteps: activeSteps(description, view),
    health: await health(server, description, view, options),
  };
}

function closedFacts(summary: ClosedSummary, view: RecordedView, close: RecordedClose): RunFacts {
  return {
    ...recordedFacts(summary, view),
    status: close.status,
    finishedAt: close.at,
    content: close.status === 'completed' ? close.content : null,
    error: close.status === 'failed' ? close.error : null,
    activeSteps: [],
    health: { state: 'ok' },
  };
}

function recordedFacts<T extends ClosedSummary>(
  summary: T,
  { plan, settings, startedAt, stepResults, metrics }: RecordedView,
): T & Pick<RunFacts, 'startedAt' | 'stepResults' | 'metrics'> {
  return {
    ...summary,
    workflowId: plan?.workflow.id ?? summary.workflowId,
    sessionId: settings.sessionId ?? null,
    startedAt,
    stepResults,
    metrics,
  };
}

/** In the order in which they were asked for; those that have ended since the description was made are left out. */
function activeSteps({ calls }: Description, { openCalls }: RecordedView): ActiveStep[] {
  return openCalls.map(
    ({ call, activityType, runId }) =>
      calls.get(call) ?? {
        ...activeCall(call, activityType),
        runId,
        state: runId === null ? 'waiting' : 'running',
        attempt: 1,
        startedAt: null,
        lastFailure: null,
      },
  );
}

async function health(
  server: Server,
  { health, waiting }: Description,
  { taskFailure }: RecordedView,
  options: CallOptions,
): Promise<RunHealth> {
  if (health.state === 'stalled') {
    return taskFailure === null ? health : { ...health, message: taskFailure };
  }
  const queue = await firstUnserved(server, waiting, options);
  if (queue !== null) return unserved(queue, `No worker polls the task queue '${queue}'.`);
  return health;
}

/** The same of the runs that are its steps: of the first of them, since each costs a look at the server. */
async function nestedHealth(
  server: Server,
  { openCalls }: RecordedView,
  options: CallOptions,
): Promise<RunHealth | null> {
  const nested = openCalls.flatMap(({ runId }) => runId ?? []).slice(0, NESTED_LOOKED_AT);
  const found = await Promise.all(
    nested.map(async (runId) => {
      const waits = (await describe(server, runId, options))?.waiting ?? [];
      return { runId, queue: await firstUnserved(server, waits, options) };
    }),
  );
  const [first] = found.flatMap(({ runId, queue }) => (queue === null ? [] : { runId, queue }));
  if (first === undefined) return null;
  const { runId, queue } = first;
  return unserved(
    queue,
    `No worker polls the task queue '${queue}', on which its run '${runId}' waits.`,
  );
}

const NESTED_LOOKED_AT = 10;

function unserved(taskQueue: string, what: string): RunHealth {
  const message = `${what} Start one: createWorker({ workflows, taskQueue: '${taskQueue}' }).`;
  return { state: 'unserved', taskQueue, message };
}

/** Temporal's numbers for them. */
const QUEUE_TYPE: Readonly<Record<Waiting['kind'], number>> = { workflow: 1, activity: 2 };

/** A task that has waited for so long isn't just about to be taken. */
const PATIENCE = 1_000;
/** A worker's poll lasts a minute, and the server tells when it began. */
const POLL_LASTS = 75_000;

async function firstUnserved(
  server: Server,
  waiting: readonly Waiting[],
  options: CallOptions,
): Promise<string | null> {
  const now = Date.now();
  const late = waiting.filter(({ since }) => now - since.getTime() > PATIENCE);
  const asked = new Set<string>();
  for (const { taskQueue, kind } of late) {
    if (asked.has(`${kind} ${taskQueue}`)) continue;
    asked.add(`${kind} ${taskQueue}`);
    const { pollers } = await server.call(
      () =>
        server.service.describeTaskQueue({
          namespace: server.namespace,
          taskQueue: { name: taskQueue },
          // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that isn't loaded here
          taskQueueType: QUEUE_TYPE[kind],
        }),
      options,
    );
    const polled = pollers.some(
      ({ lastAccessTime }) => now - (dateOf(lastAccessTime)?.getTime() ?? 0) < POLL_LASTS,
    );
    if (!polled) return taskQueue;
  }
  return null;
}
