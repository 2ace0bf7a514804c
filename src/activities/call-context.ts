import { createHash } from 'node:crypto';
import type { Info } from '@temporalio/activity';
import type { CallFacts } from '../plan/contract.js';
import type { Entry, StepContext, StepLog } from '../plan/executor.js';
import type { JsonObject } from '../plan/json.js';
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
  { sessionId, userId, firstRun }: CallFacts,
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
