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
  ON_FINISH,
  Timers,
  type LoadedSession,
  type PlanAnswer,
  type PlanRequest,
  type RunEnd,
  type RunErrorData,
  type RunSettings,
} from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { MAX_HISTORY_EVENTS, MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { WALK_VERSION, type Plan } from '../plan/plan.js';
import { callId, NO_PASS } from '../plan/reference.js';
import { NewerPlanError } from '../walk/execute.js';
import type { FinishRequest } from '../walk/host.js';
import { Scope } from '../walk/scope.js';
import { startState } from '../walk/start.js';
import { State } from '../walk/state.js';
import { walk, type WalkEnd } from '../walk/walk.js';
import { TemporalHost } from './host.js';
import { resolvePlan } from './resolve-plan.js';
import { RunSession } from './run-session.js';

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
  const { sessionId } = options;
  const session = sessionId === undefined ? null : new RunSession(sessionId);
  const request: PlanRequest = { input, ...(sessionId !== undefined && { sessionId }) };
  const answer = await scope.run(() => resolvePlan(request)).catch(unlessCancelled);
  if (answer === null) return leave(session, input, endOf(null, options, timer), null);

  const plan = 'refused' in answer ? refusedPlan(answer) : answer.plan;
  const isReady =
    'plan' in answer &&
    (session === null ||
      (await scope.run(() => session.enter(plan, answer)).then(() => true, unlessCancelled)) !==
        null);
  const loaded = session?.loaded ?? null;
  const given = ('input' in answer ? answer.input : undefined) ?? input;
  const host = hostOf(plan, given, options, loaded, scope);
  const state = startState(plan, options, loaded);
  const walked = isReady ? await scope.run(() => walk(plan, state, host).end) : null;
  const came = 'refused' in answer ? refused(answer.refused) : endOf(walked, options, timer, host);
  const end =
    session === null || walked === null ? came : session.checked(came, walked.state.value);
  host.details.end(end);
  await finish(plan, host, end, walked ?? { sees: Scope.empty, state: State.initial(state) });
  return leave(session, given, end, walked && { plan, state: walked.state.value });
}

function hostOf(
  plan: Plan,
  input: Json,
  { additionalData, media, metadata, sessionId, userId }: RunSettings,
  loaded: LoadedSession | null,
  scope: CancellationScope,
): TemporalHost {
  const { runId, firstExecutionRunId } = workflowInfo();
  const firstRun = firstExecutionRunId === runId ? undefined : firstExecutionRunId;
  const history = loaded?.history ?? [];
  const given = { input, additionalData, media, metadata, history };
  const facts = { ...given, sessionId, userId, firstRun };
  return new TemporalHost(plan, facts, scope);
}

/** Tells the run's session, where it has one, and gives the run its result. */
async function leave(
  session: RunSession | null,
  input: Json,
  end: RunEnd,
  walked: Parameters<RunSession['store']>[2],
): Promise<Json> {
  const fault = session === null ? null : await session.store(input, end, walked);
  return conclude(fault === null || end.status !== 'completed' ? end : failedWith(fault));
}

/** A run whose input is refused walks nothing, but it does finish. */
function refusedPlan({ onFinish }: Extract<PlanAnswer, { readonly refused: string }>): Plan {
  const { workflowType } = workflowInfo();
  return {
    walk: WALK_VERSION,
    workflow: { id: workflowType, name: workflowType },
    sessionState: {},
    steps: [],
    ...(onFinish === undefined ? { policies: [] } : { policies: [onFinish], onFinish: 0 }),
  };
}

/** Calls what is to be called when a run is over. Its failure is its own: it stands in the history, and changes nothing. */
async function finish(
  { onFinish }: Plan,
  host: TemporalHost,
  { status, error }: RunEnd,
  { sees, state }: Pick<WalkEnd, 'sees' | 'state'>,
): Promise<void> {
  if (onFinish === undefined) return;
  const call = callId(ON_FINISH, NO_PASS);
  const request: FinishRequest = {
    kind: 'finish',
    ...{ call, sees, state, policy: onFinish, end: { status, error } },
  };
  await host.call(request).outcome;
}

function historyFull(): RunErrorData {
  const message = `The run's history has grown beyond ${String(MAX_HISTORY_EVENTS)} events, which is as far as one run goes. Divide its work among several.`;
  return { message, code: 'HISTORY_FULL', step: null, type: null, attempts: null };
}

/** The run was ended before it had its plan. */
function unlessCancelled(error: unknown): null {
  if (!isCancellation(error)) throw error;
  return null;
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

/** What the run comes to; `null` where it was ended before it began to walk. */
function endOf(
  walked: WalkEnd | null,
  { timeout }: RunSettings,
  timer: { fired: () => boolean } | null,
  host?: TemporalHost,
): RunEnd {
  if (host?.isFull === true) return failedWith(historyFull());
  if (walked?.kind === 'completed')
    return { status: 'completed', content: walked.content, error: null };
  if (walked?.kind === 'failed') return failedWith(walked.error);
  if (timer?.fired() !== true) return { status: 'cancelled', content: null, error: null };
  const message = `The run took longer than its timeout of ${String(timeout)} ms.`;
  return failedWith({ message, code: 'RUN_TIMEOUT', step: null, type: null, attempts: null });
}

function refused(message: string): RunEnd {
  return failedWith({ message, code: 'INPUT_INVALID', step: null, type: null, attempts: null });
}

function failedWith(error: RunErrorData): RunEnd {
  return { status: 'failed', content: null, error };
}

function conclude({ status, content, error }: RunEnd): Json {
  if (error !== null) throw failure(error);
  if (status === 'cancelled') throw new CancelledFailure('The run was cancelled.');
  return stored(content);
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
