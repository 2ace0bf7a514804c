import { DEFAULT_TASK_QUEUE, Memo, SESSION_TYPE } from '../plan/contract.js';
import { OptionError } from '../plan/errors.js';
import type { Json, JsonObject } from '../plan/json.js';
import { MAX_SESSION_STATE_BYTES } from '../plan/limits.js';
import type { Metrics } from '../plan/metrics.js';
import {
  emptySession,
  fits,
  updated,
  type SessionContents,
  type SessionSignal,
  type StoredRun,
} from '../plan/session.js';
import { SessionNotFoundError } from './errors.js';
import { orNull } from './history.js';
import { jsonObject } from './json-option.js';
import { textIn } from './memo.js';
import { Options } from './options.js';
import { checkedSessionId, readSession, tellSession } from './session-store.js';
import type { Server } from './server.js';
import { dateOf } from './timestamp.js';

/** What runs of one `sessionId` share, as it was when it was read. */
export interface Session {
  readonly sessionId: string;
  /** `null` until it is given one. */
  readonly name: string | null;
  readonly state: JsonObject;
  /** The runs that it remembers, in the order in which they ended: 1,000 at most, and 1 MB. */
  readonly runs: readonly SessionRun[];
  /**
   * What the agents of its runs took, added up, also of those that it doesn't remember any more; `null` for nothing. A run counts
   * when it has told of its end, which one that was terminated does not. One that was started anew, or reset, counts as often as it ended. Runs that are steps of others, or that
   * tools start, are of no session.
   */
  readonly metrics: Metrics | null;
  readonly createdAt: Date;
  /** When it was last changed. */
  readonly updatedAt: Date;
}

/** A run as its session remembers it; `getRun` has it whole, for as long as the server keeps it. */
export interface SessionRun {
  readonly runId: string;
  readonly workflowName: string;
  readonly input: Json;
  /** `null` unless it is completed. */
  readonly content: Json;
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly createdAt: Date;
  readonly finishedAt: Date;
  /** Input or content took more than 4 KB, and stands as the beginning of its text. */
  readonly isCut: boolean;
  /** What the run changed of the state was dropped: the state would have taken more than 256 KB. */
  readonly isStateDropped: boolean;
}

/** A session as a list shows it. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly name: string | null;
  readonly updatedAt: Date;
}

/** How a session's state is changed. */
export interface UpdateSessionOptions {
  /** The state becomes what is given, instead of having each of its keys set. @default false */
  readonly replace?: boolean;
}

/** Which sessions are listed. */
export interface ListSessionsOptions {
  /** At most so many. 1 to 10,000. @default 100 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A session as it is; `null` where there is none. */
export async function getSession(server: Server, sessionId: string): Promise<Session | null> {
  checkedSessionId('getSession', sessionId);
  const contents = await readSession(server, sessionId);
  return contents === null ? null : sessionOf(sessionId, contents);
}

/** The state after the update. A session that there isn't begins with it. */
export async function updateSessionState(
  server: Server,
  taskQueue: string | null,
  sessionId: string,
  state: JsonObject,
  options: UpdateSessionOptions,
): Promise<JsonObject> {
  const check = new Options('updateSessionState');
  check.known(options, ['replace']);
  checkedSessionId(check.at, sessionId);
  const given = jsonObject(check, 'state', state);
  const replace = check.flag('replace', options.replace);
  const update = { state: given, ...(replace && { replace }) };
  const before = await readSession(server, sessionId);
  if (!fits(updated(before ?? { state: null }, update))) {
    const must = `leave a session state of at most ${String(MAX_SESSION_STATE_BYTES)} bytes`;
    throw new OptionError({ at: check.at, option: 'state', must });
  }
  await tell(server, taskQueue, sessionId, { kind: 'update', at: now(), ...update });
  const after = await readSession(server, sessionId);
  return (after ?? emptySession(now())).state ?? {};
}

/** @throws SessionNotFoundError */
export async function renameSession(
  server: Server,
  taskQueue: string | null,
  sessionId: string,
  name: string,
): Promise<void> {
  const check = new Options('renameSession');
  checkedSessionId(check.at, sessionId);
  const text = check.text('name', name) ?? check.fail('name', 'be a string', name);
  if (text.length > MAX_NAME_LENGTH)
    check.fail('name', `have at most ${String(MAX_NAME_LENGTH)} characters`, name);
  if ((await getSession(server, sessionId)) === null) throw new SessionNotFoundError(sessionId);
  await tell(server, taskQueue, sessionId, { kind: 'rename', at: now(), name: text });
}

const MAX_NAME_LENGTH = 1_000;

/** Whether there was one. What the server keeps of it is removed as well. */
export async function deleteSession(server: Server, sessionId: string): Promise<boolean> {
  const workflowId = checkedSessionId('deleteSession', sessionId);
  const wasThere = (await getSession(server, sessionId)) !== null;
  const { namespace, service } = server;
  const terminated = { namespace, workflowExecution: { workflowId }, reason: 'deleted' };
  await orNull(server.call(() => service.terminateWorkflowExecution(terminated)));
  // Executions in which it was before it went on in another hold what it held then.
  for (const runId of await executionsOf(server, workflowId)) {
    const workflowExecution = { workflowId, runId };
    await orNull(
      server.call(() => service.deleteWorkflowExecution({ namespace, workflowExecution })),
    );
  }
  return wasThere;
}

async function executionsOf(server: Server, workflowId: string): Promise<string[]> {
  const { namespace, service } = server;
  const execution = { workflowId };
  const current = await orNull(
    server.call(() => service.describeWorkflowExecution({ namespace, execution })),
  );
  const runId = current?.workflowExecutionInfo?.execution?.runId;
  const found = new Set(runId ? [runId] : []);
  const query = `WorkflowId = '${workflowId.replaceAll("'", "''")}'`;
  for await (const { runId } of server.client.workflow.list({ query })) found.add(runId);
  return [...found];
}

/** The sessions of a namespace. What has just happened may be missing: Temporal's lists are eventually consistent. */
export async function listSessions(
  server: Server,
  options: ListSessionsOptions,
): Promise<SessionSummary[]> {
  const check = new Options('listSessions');
  check.known(options, ['limit', 'signal']);
  const { limit = 100, signal } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    check.fail('limit', 'be an integer from 1 to 10000', limit);
  const converter = server.client.options.loadedDataConverter;
  const sessions: SessionSummary[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await server.call(
      () =>
        server.service.listWorkflowExecutions({
          namespace: server.namespace,
          query: `WorkflowType = '${SESSION_TYPE}' AND ExecutionStatus = 'Running'`,
          pageSize: Math.min(limit, PAGE_SIZE),
          ...(nextPageToken !== undefined && { nextPageToken }),
        }),
      { signal },
    );
    for (const info of page.executions) {
      const text = (key: string) => textIn(converter, info.memo?.fields, key);
      const sessionId = await text(Memo.sessionId);
      if (sessionId === null) continue;
      const updatedAt = await text(Memo.updatedAt);
      const known = updatedAt === null ? dateOf(info.startTime) : new Date(updatedAt);
      sessions.push({
        sessionId,
        name: await text(Memo.name),
        updatedAt: known ?? new Date(0),
      });
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0 && sessions.length < limit);
  return sessions
    .slice(0, limit)
    .sort((one, other) => other.updatedAt.getTime() - one.updatedAt.getTime());
}

const PAGE_SIZE = 200;

function tell(
  server: Server,
  taskQueue: string | null,
  sessionId: string,
  signal: SessionSignal,
): Promise<void> {
  const queue = taskQueue ?? server.config.taskQueue ?? DEFAULT_TASK_QUEUE;
  return tellSession(server, sessionId, queue, signal);
}

function now(): string {
  return new Date().toISOString();
}

function sessionOf(
  sessionId: string,
  { name, state, runs, metrics, createdAt, updatedAt }: SessionContents,
): Session {
  return {
    sessionId,
    name,
    state: state ?? {},
    runs: runs.map(runOf),
    metrics: metrics ?? null,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

function runOf(run: StoredRun): SessionRun {
  const { runId, workflowName, input, content, status } = run;
  return {
    ...{ runId, workflowName, input, content, status },
    createdAt: new Date(run.createdAt),
    finishedAt: new Date(run.finishedAt),
    isCut: run.isCut ?? false,
    isStateDropped: run.isStateDropped ?? false,
  };
}
