import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { Memo, SESSION_TYPE, Signals } from '../plan/contract.js';
import { OptionError } from '../plan/errors.js';
import {
  emptySession,
  fold,
  SESSION_ID_FORM,
  sessionWorkflowId,
  type SessionContents,
  type SessionSignal,
  type SessionStart,
} from '../plan/session.js';
import type { HistoryEvent } from './history.js';
import { isNotFound } from './server.js';

/** Milliseconds after which another worker gets a session's workflow task: what is sent meanwhile can't be read. */
const TASK_TIMEOUT = 5_000;
const LOOK_AGAIN = 20;

/** A client, and how it is called: a `Server` bounds each call. */
export interface Calls {
  readonly client: Client;
  call<T>(make: () => Promise<T>): Promise<T>;
}

/** Calls of an activity, which is bounded itself. */
export function callsOf(client: Client): Calls {
  return { client, call: (make) => make() };
}

/** The Workflow ID of a session. @throws OptionError */
export function checkedSessionId(at: string, sessionId: unknown): string {
  const id =
    typeof sessionId === 'string' && sessionId !== '' ? sessionWorkflowId(sessionId) : null;
  if (id !== null) return id;
  throw new OptionError({ at, option: 'sessionId', must: SESSION_ID_FORM, got: sessionId });
}

/**
 * What a session holds; `null` where there is none. All that the server took before the call is in it, and no worker is
 * asked: it is the fold of the session's history.
 */
export async function readSession(
  calls: Calls,
  sessionId: string,
): Promise<SessionContents | null> {
  const workflowId = checkedSessionId('getSession', sessionId);
  try {
    let read = await readExecution(calls, workflowId, await untilReadable(calls, workflowId));
    while (read.next !== null) read = await readExecution(calls, workflowId, read.next);
    return read.contents;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Sends a session a signal, and starts its workflow where there is none. Resolves when the server has it. */
export async function tellSession(
  calls: Calls,
  sessionId: string,
  taskQueue: string,
  signal: SessionSignal,
): Promise<void> {
  const start: SessionStart = { contents: emptySession(new Date().toISOString()) };
  await calls.call(() =>
    calls.client.workflow.signalWithStart(SESSION_TYPE, {
      workflowId: checkedSessionId('sessionId', sessionId),
      taskQueue,
      args: [start],
      signal: Signals.session,
      signalArgs: [signal],
      memo: { [Memo.sessionId]: sessionId },
      workflowTaskTimeout: TASK_TIMEOUT,
    }),
  );
}

/**
 * The execution whose history is to be read. What is sent while a worker has the workflow's task stands in no history
 * before that task is over: so a task under way is waited for, some milliseconds.
 */
async function untilReadable(calls: Calls, workflowId: string): Promise<string> {
  let since: string | null = null;
  for (;;) {
    const { pendingWorkflowTask: task, workflowExecutionInfo: info } = await calls.call(() =>
      calls.client.workflowService.describeWorkflowExecution({
        namespace: calls.client.options.namespace,
        execution: { workflowId },
      }),
    );
    const started = task?.startedTime;
    const now = started ? `${String(started.seconds)}.${String(started.nanos)}` : null;
    if (now === null || (since !== null && now !== since)) return info?.execution?.runId ?? '';
    since = now;
    await sleep(LOOK_AGAIN);
  }
}

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;

interface ExecutionRead {
  readonly contents: SessionContents | null;
  /** The execution in which it has gone on. */
  readonly next: string | null;
}

async function readExecution(
  calls: Calls,
  workflowId: string,
  runId: string,
): Promise<ExecutionRead> {
  const { client } = calls;
  const converter = client.options.loadedDataConverter;
  let contents: SessionContents | null = null;
  let token: Uint8Array | null = null;
  do {
    const page: Page = await calls.call(() =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        ...(token !== null && { nextPageToken: token }),
      }),
    );
    for (const event of page.history?.events ?? []) {
      const started = event.workflowExecutionStartedEventAttributes;
      if (started) {
        const [start] = await decodeArrayFromPayloads(converter, started.input?.payloads);
        contents = (start as SessionStart).contents;
      }
      const signaled = event.workflowExecutionSignaledEventAttributes;
      if (contents !== null && signaled?.signalName === Signals.session) {
        const { payloads } = signaled.input ?? {};
        contents = fold(contents, await decodeFromPayloadsAtIndex(converter, 0, payloads));
      }
      const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (next) return { contents, next };
      if (isEnd(event)) return { contents: null, next: null };
    }
    token = page.nextPageToken.length > 0 ? page.nextPageToken : null;
  } while (token !== null);
  return { contents, next: null };
}

/** A session's workflow ends only by being deleted. */
function isEnd(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionTerminatedEventAttributes ??
    event.workflowExecutionCanceledEventAttributes ??
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes ??
    event.workflowExecutionCompletedEventAttributes,
  );
}
