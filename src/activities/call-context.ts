import { createHash } from 'node:crypto';
import type { Info } from '@temporalio/activity';
import type { AnyCall, CallFacts } from '../plan/contract.js';
import type { AgentEntry, Entry, StepContext, StepLog, TurnContext } from '../plan/executor.js';
import type { Json, JsonObject } from '../plan/json.js';
import { turnOf, type CallId } from '../plan/reference.js';
import type { Told } from './draft.js';
import type { Given } from './resolve.js';

/** What an attempt has at hand beside its values. */
export interface Attempt {
  readonly info: Info;
  readonly signal: AbortSignal;
  readonly log: StepLog;
  readonly heartbeat: () => void;
  /** Told of a model's turn while it is taken; left out where nobody can listen. */
  readonly tell?: (told: Told) => void;
}

/** What user code knows of its call. */
export function contextOf(
  { name, workflowId }: Pick<Entry, 'name' | 'workflowId'>,
  { sessionId, userId, firstRun }: Pick<CallFacts, 'sessionId' | 'userId' | 'firstRun'>,
  { metadata }: Pick<Given, 'metadata'>,
  sessionState: JsonObject,
  { info, signal, log, heartbeat }: Attempt,
  /** What tells the call from another at its place, where a run that was reset may come to another. */
  asked = '',
): StepContext {
  return {
    runId: info.workflowExecution?.workflowId ?? '',
    workflowId,
    workflowName: info.workflowType ?? '',
    stepName: name,
    sessionId: sessionId ?? null,
    userId: userId ?? null,
    metadata: structuredClone(metadata),
    attempt: info.attempt,
    idempotencyKey: createHash('sha256')
      .update(`${firstRun ?? info.workflowExecution?.runId ?? ''}\n${info.activityId}${asked}`)
      .digest('base64url'),
    signal,
    sessionState,
    log,
    heartbeat,
  };
}

/** What user code knows of an agent's turn. A further one is of the session and the user that the first one was given. */
export function turnContextOf(
  entry: AgentEntry,
  { firstRun }: Pick<AnyCall, 'firstRun'>,
  given: Given,
  attempt: Attempt,
  /** Which function of the author's asks: each has a key of its own. */
  asks: string,
): TurnContext {
  const { input, additionalData, seen } = given;
  const { sessionId, userId } = seen.first ?? {};
  const facts = {
    ...(sessionId !== undefined && { sessionId }),
    ...(userId !== undefined && { userId }),
    ...(firstRun !== undefined && { firstRun }),
  };
  return {
    ...contextOf(entry, facts, given, frozen(seen.state), attempt, `\n${asks}`),
    agent: entry.agent,
    turn: turnOf(attempt.info.activityId as CallId) ?? 1,
    input: structuredClone(input),
    previousStepContent: structuredClone(seen.flow),
    additionalData: structuredClone(additionalData),
  };
}

/** A copy of the session state that can't be changed: whoever tries is told so by an error. */
export function frozen(state: JsonObject): JsonObject {
  const copy = structuredClone(state);
  freeze(copy);
  return copy;
}

function freeze(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) freeze(item);
  Object.freeze(value);
}
