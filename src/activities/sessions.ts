import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { LoadedSession, LoadRequest } from '../plan/contract.js';
import { jsonBytes } from '../plan/json.js';
import { MAX_SESSION_RUNS, MAX_SESSION_RUNS_BYTES } from '../plan/limits.js';
import type { PastRun } from '../plan/past-run.js';
import { pastRuns, type SessionContents, type SessionSignal, type Turn } from '../plan/session.js';

/** How sessions are reached. It is handed in: clients reach them in the same way. */
export interface Sessions {
  /** What a session holds; `null` where there is none. All that the server took before the call is in it. */
  readonly read: (client: Client, sessionId: string) => Promise<SessionContents | null>;
  /** Starts the session's workflow, on a queue, where there is none. */
  readonly tell: (
    client: Client,
    sessionId: string,
    taskQueue: string,
    signal: SessionSignal,
  ) => Promise<void>;
}

/** A session as a run finds it. `room`: bytes that the answer may take. */
export async function loadSession(
  sessions: Sessions,
  client: Client,
  { sessionId, historyRuns = MAX_SESSION_RUNS }: LoadRequest,
  room: number,
): Promise<LoadedSession> {
  const contents = await sessions.read(client, sessionId);
  if (contents === null) return { state: null };
  const { state } = contents;
  const left = Math.min(MAX_SESSION_RUNS_BYTES, room - jsonBytes(state) - OVERHEAD);
  const history = within(pastRuns(contents, historyRuns), left);
  return { state, ...(history.length > 0 && { history }) };
}

/** Whether a run that has its turn is still open: one that was ended by force doesn't say that its turn is over. */
export async function isTurnOpen(client: Client, { runId, turn }: Turn): Promise<boolean> {
  try {
    const { status, raw } = await client.workflow.getHandle(runId).describe();
    const first = raw.workflowExecutionInfo?.firstRunId;
    return status.name === 'RUNNING' && (!first || first === turn);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Bytes of the answer's own keys. */
const OVERHEAD = 100;

/** The latest runs that take so many bytes. */
function within(runs: readonly PastRun[], bytes: number): readonly PastRun[] {
  let left = bytes;
  let first = runs.length;
  for (; first > 0; first--) {
    left -= jsonBytes(runs[first - 1]) + 1;
    if (left < 0) break;
  }
  return runs.slice(first);
}
