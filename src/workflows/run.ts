import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  sleep,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CONTENT_TOO_LARGE,
  Timers,
  type RunErrorData,
  type RunSettings,
} from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { MAX_HISTORY_EVENTS, MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { NewerPlanError } from '../walk/execute.js';
import { startState } from '../walk/start.js';
import { walk, type WalkEnd } from '../walk/walk.js';
import { TemporalHost } from './host.js';
import { resolvePlan } from './resolve-plan.js';

/**
 * Every run of every definition. The workflow type names the definition; the run asks a worker for its plan, then
 * walks it. Its result is its content, and how it came to it is read from its history.
 */
export async function run(input: Json = null, options: RunSettings | null = null): Promise<Json> {
  try {
    return await begin(input, options ?? {});
  } catch (error) {
    // Anything but a failure of Temporal's would make the server try the task again for ever. A plan that is too new
    // for this worker is to wait so.
    if (error instanceof TemporalFailure || error instanceof NewerPlanError) throw error;
    throw failure({
      message: `A fault in outlast: ${String(error)}`,
      code: 'INTERNAL',
      step: null,
      type: null,
      attempts: null,
    });
  }
}

async function begin(input: Json, options: RunSettings): Promise<Json> {
  const scope = new CancellationScope();
  const timer = options.timeout === undefined ? null : startTimer(options.timeout, scope);
  const ended = await scope.run(() => answered(input, options, scope)).catch(cancelled);
  return conclude(ended, timer?.fired() === true ? options.timeout : undefined);
}

async function answered(
  input: Json,
  options: RunSettings,
  scope: CancellationScope,
): Promise<WalkEnd> {
  const answer = await resolvePlan({ input });
  if ('refused' in answer) {
    throw failure({
      message: answer.refused,
      code: 'INPUT_INVALID',
      step: null,
      type: null,
      attempts: null,
    });
  }
  const { plan } = answer;
  const { runId, firstExecutionRunId } = workflowInfo();
  const host = new TemporalHost(
    plan,
    {
      input: answer.input ?? input,
      additionalData: options.additionalData,
      sessionId: options.sessionId,
      userId: options.userId,
      firstRun: firstExecutionRunId === runId ? undefined : firstExecutionRunId,
    },
    scope,
  );
  const end = await walk(plan, startState(plan, options), host).end;
  if (host.isFull) throw failure(historyFull());
  return end;
}

function historyFull(): RunErrorData {
  const message = `The run's history has grown beyond ${String(MAX_HISTORY_EVENTS)} events, which is as far as one run goes. Divide its work among several.`;
  return { message, code: 'HISTORY_FULL', step: null, type: null, attempts: null };
}

/** The run was ended before it had its plan. */
function cancelled(error: unknown): WalkEnd {
  if (!isCancellation(error)) throw error;
  return { kind: 'cancelled', state: {} };
}

/** Ends the calls under way when the run's time is up. */
function startTimer(timeout: number, scope: CancellationScope): { fired: () => boolean } {
  let fired = false;
  sleep(timeout, { summary: Timers.runTimeout }).then(
    () => {
      fired = true;
      scope.cancel();
    },
    () => {
      // The run was cancelled: so is its scope.
    },
  );
  return { fired: () => fired };
}

function conclude(end: WalkEnd, timedOutAfter: number | undefined): Json {
  if (end.kind === 'completed') return stored(end.content);
  if (end.kind === 'failed') throw failure(end.error);
  if (timedOutAfter === undefined) throw new CancelledFailure('The run was cancelled.');
  throw failure({
    message: `The run took longer than its timeout of ${String(timedOutAfter)} ms.`,
    code: 'RUN_TIMEOUT',
    step: null,
    type: null,
    attempts: null,
  });
}

/**
 * What Temporal keeps as the workflow's result. A content that is too large for it can still be read through
 * `getRun`, which has it from the calls that gave its parts; other readers of the result find a note instead.
 */
function stored(content: Json): Json {
  const bytes = jsonBytes(content);
  if (bytes <= MAX_PAYLOAD_BYTES) return content;
  const note: JsonObject = { [CONTENT_TOO_LARGE]: { bytes, limit: MAX_PAYLOAD_BYTES } };
  return note;
}

function failure(error: RunErrorData): ApplicationFailure {
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: true,
    details: [{ step: error.step, type: error.type, attempts: error.attempts }],
  });
}
