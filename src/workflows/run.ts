import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  sleep,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Carried } from '../plan/carried.js';
import {
  CONTENT_TOO_LARGE,
  ON_FINISH,
  Timers,
  type PlanAnswer,
  type PlanRequest,
  type RunEnd,
  type RunErrorData,
  type RunSettings,
} from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { CARRIED_ROOM_BYTES, MAX_HISTORY_EVENTS, MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { NOT_HERE } from '../plan/output.js';
import { WALK_VERSION, type Plan } from '../plan/plan.js';
import { callId, NO_PASS } from '../plan/reference.js';
import { NewerPlanError } from '../walk/execute.js';
import type { FinishRequest } from '../walk/host.js';
import { Ledger } from '../walk/ledger.js';
import { Scope } from '../walk/scope.js';
import { startState } from '../walk/start.js';
import { State } from '../walk/state.js';
import { walk, type WalkEnd } from '../walk/walk.js';
import { carry } from './carry.js';
import { TemporalHost } from './host.js';
import { resolvePlan } from './resolve-plan.js';
import { resumed } from './resume.js';
import { RunSession } from './run-session.js';
import { Segment } from './segment.js';

/**
 * Every run of every definition. The workflow type names the definition; the run asks a worker for its plan, then
 * walks it. Its result is its content, and how it came to it is read from its history. A run whose history is long goes
 * on in another execution, which is given what was `carried` along.
 */
export async function run(
  input: Json = null,
  options: RunSettings | null = null,
  carried: Carried | null = null,
): Promise<Json> {
  const settings = options ?? {};
  try {
    const began = carried === null ? await begin(input, settings) : goOn(input, settings, carried);
    return await proceed(settings, began);
  } catch (error) {
    // Anything but a failure of Temporal's would make the server try the task again for ever. A plan that is too new
    // for this worker is to wait so.
    const isTheirs = error instanceof TemporalFailure || error instanceof ContinueAsNew;
    if (isTheirs || error instanceof NewerPlanError) throw error;
    throw failure({
      message: `A fault in outlast: ${String(error)}`,
      code: 'INTERNAL',
      step: null,
      type: null,
      attempts: null,
    });
  }
}

/** What a run has at hand when it begins to walk, or goes on. */
interface Begun {
  readonly scope: CancellationScope;
  readonly timer: Timer | null;
  readonly session: RunSession | null;
  /** As its schema parsed it. */
  readonly input: Json;
  /** `null`: it was ended before. */
  readonly plan: Plan | null;
  /** Why there is nothing to walk; `null` where there is. */
  readonly unready: RunEnd | 'cancelled' | null;
  /** The session state that the run began with. */
  readonly state: JsonObject;
  readonly ledger: Ledger;
  readonly segment: number | undefined;
}

async function begin(input: Json, options: RunSettings): Promise<Begun> {
  const scope = new CancellationScope();
  const timer = timerOf(options, undefined, scope);
  const { sessionId } = options;
  const session = sessionId === undefined ? null : new RunSession(sessionId);
  const request: PlanRequest = { input, ...(sessionId !== undefined && { sessionId }) };
  const answer = await scope.run(() => resolvePlan(request)).catch(unlessCancelled);
  const about = { scope, timer, session, ledger: new Ledger() };
  if (answer === null)
    return { ...about, input, plan: null, unready: 'cancelled', state: {}, segment: undefined };
  if ('refused' in answer) {
    const plan = refusedPlan(answer);
    const unready = refused(answer.refused);
    const state = startState(plan, options, null);
    return { ...about, input, plan, unready, state, segment: undefined };
  }
  const { plan, segment } = answer;
  const entering = session === null ? null : scope.run(() => session.enter(plan, answer));
  const isReady = entering === null || (await entering.then(() => true, unlessCancelled)) === true;
  return {
    ...about,
    ...{ input: answer.input ?? input, plan, segment },
    unready: isReady ? null : 'cancelled',
    state: startState(plan, options, session?.loaded ?? null),
  };
}

/** Where another execution of the run was. */
function goOn(input: Json, options: RunSettings, carried: Carried): Begun {
  const { plan, state, deadline, segment } = carried;
  const { sessionId } = options;
  const scope = new CancellationScope();
  const session =
    sessionId === undefined || carried.session === undefined
      ? null
      : RunSession.entered(sessionId, carried.session);
  const timer = timerOf(options, deadline, scope);
  const ledger = resumed(carried);
  return { scope, timer, session, input, plan, unready: null, state, ledger, segment };
}

async function proceed(options: RunSettings, begun: Begun): Promise<Json> {
  const { timer, session, input, plan, unready, state } = begun;
  if (plan === null) return leave(session, input, endOf(null, options, timer), null);
  const host = hostOf(plan, options, begun);
  const walked = unready === null ? await walkedBy(host, options, begun) : null;
  const came =
    unready === null || unready === 'cancelled' ? endOf(walked, options, timer, host) : unready;
  const end =
    session === null || walked === null ? came : session.checked(came, walked.state.value);
  host.details.end(end);
  await finish(plan, host, end, walked ?? { sees: Scope.empty, state: State.initial(state) });
  return leave(session, input, end, walked && { plan, state: walked.state.value });
}

/** Walks to the end, or as far as this execution's history goes. */
async function walkedBy(
  host: TemporalHost,
  options: RunSettings,
  { scope, timer, session, input, plan, state, ledger, segment }: Begun,
): Promise<WalkEnd> {
  const walking = scope.run(() => walk(host.plan, state, host, ledger).end);
  const over = condition(() => host.segment.isOver).then(
    () => 'over' as const,
    // The run is ended instead.
    () => walking,
  );
  const walked = await Promise.race([walking, over]);
  if (walked !== 'over') return hasContent(walked, host);
  if (plan === null || host.ending) return walking;

  const about = {
    ...{ plan, state },
    ...(session !== null && { session: session.carried() }),
    ...(timer !== null && { deadline: timer.deadline }),
    ...(segment !== undefined && { segment }),
  };
  const room = CARRIED_ROOM_BYTES - jsonBytes(about);
  const carried: Carried = { ...about, ...carry(ledger, room) };
  const bytes = jsonBytes(carried);
  if (bytes <= MAX_PAYLOAD_BYTES) await continueAsNew<typeof run>(input, options, carried);
  const message = `The run's history is full, and what it would take along into another one takes ${String(bytes)} bytes, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores. Let fewer or smaller outputs be visible, or divide the work among several runs.`;
  const error = { message, code: 'OUTPUT_TOO_LARGE' as const, step: null, type: null };
  const at = ledger.sequences.get('')?.state ?? State.initial(state);
  return { kind: 'failed', error: { ...error, attempts: null }, sees: Scope.empty, state: at };
}

/** A content that an earlier execution has is fetched. */
async function hasContent(walked: WalkEnd, host: TemporalHost): Promise<WalkEnd> {
  if (walked.kind !== 'completed' || walked.content !== NOT_HERE) return walked;
  const loaded = await CancellationScope.nonCancellable(() => host.load(walked.sees));
  const content = 'tooLarge' in loaded ? tooLarge(loaded.tooLarge) : loaded.content;
  return { ...walked, content };
}

function hostOf(
  plan: Plan,
  { additionalData, media, metadata, sessionId, userId }: RunSettings,
  { input, session, scope, segment }: Begun,
): TemporalHost {
  const { runId, firstExecutionRunId } = workflowInfo();
  const firstRun = firstExecutionRunId === runId ? undefined : firstExecutionRunId;
  const history = session?.loaded?.history ?? [];
  const given = { input, additionalData, media, metadata, history };
  const facts = { ...given, sessionId, userId, firstRun };
  return new TemporalHost(plan, facts, scope, new Segment(segment));
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

/** When a run's time is up, in milliseconds since 1970, and whether it is. */
interface Timer {
  readonly deadline: number;
  readonly fired: () => boolean;
}

/** Ends the calls under way when the run's time is up; `null` for a run that has as long as it takes. */
function timerOf(
  { timeout }: RunSettings,
  known: number | undefined,
  scope: CancellationScope,
): Timer | null {
  if (timeout === undefined) return null;
  const deadline = known ?? Date.now() + timeout;
  let fired = false;
  sleep(Math.max(1, deadline - Date.now()), { summary: Timers.runTimeout }).then(
    () => {
      fired = true;
      scope.cancel();
    },
    () => {
      // The run was cancelled: so is its scope.
    },
  );
  return { deadline, fired: () => fired };
}

/** What the run comes to; `null` where it was ended before it began to walk. */
function endOf(
  walked: WalkEnd | null,
  { timeout }: RunSettings,
  timer: Timer | null,
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
  return tooLarge(bytes);
}

function tooLarge(bytes: number): JsonObject {
  return { [CONTENT_TOO_LARGE]: { bytes, limit: MAX_PAYLOAD_BYTES } };
}

function failure(error: RunErrorData): ApplicationFailure {
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: true,
    details: [{ step: error.step, type: error.type, attempts: error.attempts }],
  });
}
