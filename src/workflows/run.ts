import {
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Carried } from '../plan/carried.js';
import { ON_FINISH, type RunEnd, type RunSettings } from '../plan/contract.js';
import { jsonBytes, type Json } from '../plan/json.js';
import { CARRIED_ROOM_BYTES, MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { NOT_HERE } from '../plan/output.js';
import type { Plan } from '../plan/plan.js';
import { callId, NO_PASS } from '../plan/reference.js';
import { NewerPlanError } from '../walk/execute.js';
import type { FinishRequest } from '../walk/host.js';
import { Scope } from '../walk/scope.js';
import { State } from '../walk/state.js';
import { walk, type WalkEnd } from '../walk/walk.js';
import { begin, goOn, type Begun } from './begin.js';
import { carry } from './carry.js';
import { TemporalHost } from './host.js';
import { conclude, endOf, failedWith, failure, tooLarge } from './run-end.js';
import type { RunSession } from './run-session.js';
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

async function proceed(options: RunSettings, begun: Begun): Promise<Json> {
  const { timer, session, input, plan, unready, state, ledger } = begun;
  if (plan === null) return leave(session, input, endOf(null, options, timer), null);
  const host = hostOf(plan, options, begun);
  const walked = unready === null ? await walkedBy(host, options, begun) : null;
  const came =
    unready === null || unready === 'cancelled' ? endOf(walked, options, timer, host) : unready;
  const end =
    session === null || walked === null ? came : session.checked(came, walked.state.value);
  host.details.end(end);
  await finish(plan, host, end, walked ?? { sees: Scope.empty, state: State.initial(state) });
  const { metrics } = ledger;
  return leave(session, input, end, walked && { plan, state: walked.state.value, metrics });
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
  { input, session, scope, segment, ledger }: Begun,
): TemporalHost {
  const { runId, firstExecutionRunId } = workflowInfo();
  const firstRun = firstExecutionRunId === runId ? undefined : firstExecutionRunId;
  const history = session?.loaded?.history ?? [];
  const given = { input, additionalData, media, metadata, history };
  const facts = { ...given, sessionId, userId, firstRun };
  return new TemporalHost(plan, facts, scope, new Segment(segment), ledger);
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
