import { Context } from '@temporalio/activity';
import {
  Activities,
  type AnyCall,
  type CallResult,
  type LoadedContent,
  type LocalAnswer,
  type LocalQuestion,
  type LoadedSession,
  type LoadRequest,
  type OversizedCall,
  type PlanAnswer,
  type PlanRequest,
  type StepCall,
  type TellRequest,
} from '../plan/contract.js';
import type { Registry } from '../plan/executor.js';
import { jsonBytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import type { Plan } from '../plan/plan.js';
import { activityType, referenceOf, toolOf, type CallId } from '../plan/reference.js';
import { SESSION_ID_FORM, sessionWorkflowId, type Turn } from '../plan/session.js';
import { AttemptRecord, type Heartbeats } from './attempt.js';
import { StepTimeoutError } from './fault.js';
import { askHere } from './ask-here.js';
import { loadContent } from './load-content.js';
import type { ModelSettings } from './models/access.js';
import { Models } from './models/models.js';
import { readRun } from './read-history.js';
import { ExpiredError, placeOf, Resolver, type Given } from './resolve.js';
import { RunMemories } from './run-memory.js';
import { isTurnOpen, loadSession, type Sessions } from './sessions.js';
import { workOf, type Work } from './work.js';

export interface ActivitiesOptions {
  readonly registry: Registry;
  readonly taskQueue: string;
  /** Milliseconds that a cancelled executor has to end before it is left behind. */
  readonly cancelGrace: number;
  readonly models: ModelSettings;
  /** Of tests: events after which runs go on in another execution. */
  readonly segment?: number | undefined;
  readonly sessions: Sessions;
}

type ActivityFunction<In, Out> = (given: In) => Promise<Out>;

/** The activities of a worker: a run's plan and session, and whatever its calls are of, under all other activity types. */
export function createActivities(options: ActivitiesOptions): {
  [Activities.resolvePlan]: ActivityFunction<PlanRequest, PlanAnswer>;
  [Activities.ask]: ActivityFunction<LocalQuestion, LocalAnswer>;
  [Activities.load]: ActivityFunction<StepCall, LoadedContent>;
  [Activities.loadSession]: ActivityFunction<LoadRequest, LoadedSession>;
  [Activities.tellSession]: ActivityFunction<TellRequest, void>;
  [Activities.isTurnOpen]: ActivityFunction<Turn, boolean>;
  default: ActivityFunction<AnyCall | OversizedCall, CallResult>;
} {
  const resolver = new Resolver(new RunMemories(), (place, wanted, known) =>
    readRun(Context.current().client, place, wanted, known),
  );
  const models = new Models(options.models);
  const { sessions } = options;
  return {
    [Activities.resolvePlan]: (request) => resolvePlan(request, options),
    [Activities.ask]: (question) => askHere(question, options.registry, resolver),
    [Activities.load]: (call) => loadContent(call, resolver),
    [Activities.loadSession]: (request) =>
      loadSession(sessions, Context.current().client, request, MAX_PAYLOAD_BYTES),
    [Activities.tellSession]: ({ sessionId, signal }) => {
      const { client, info } = Context.current();
      return sessions.tell(client, sessionId, info.taskQueue, signal);
    },
    [Activities.isTurnOpen]: (turn) => isTurnOpen(Context.current().client, turn),
    default: (call) => perform(call, options, resolver, models),
  };
}

async function resolvePlan(
  { input, sessionId }: PlanRequest,
  { registry, taskQueue, sessions, segment }: ActivitiesOptions,
): Promise<PlanAnswer> {
  const context = Context.current();
  const type = context.info.workflowType ?? '';
  const entry = registry.workflows.get(type);
  if (entry === undefined) {
    throw new AttemptRecord(context).passed(
      `The worker on the queue '${taskQueue}' that was asked doesn't have the workflow '${type}'. Start one that has it; after a rename give the old name in its \`aliases\`.`,
      'WORKFLOW_NOT_ON_WORKER',
    );
  }
  const { plan } = entry;
  const parsed = await entry.parseInput(input);
  if (!parsed.ok) return refusal(plan, `${type}: the input is refused: ${parsed.faults}`);
  if (sessionId !== undefined && sessionWorkflowId(sessionId) === null)
    return refusal(plan, `${type}: \`sessionId\` must ${SESSION_ID_FORM}`);
  const same = JSON.stringify(parsed.input) === JSON.stringify(input);
  const known = {
    plan,
    ...(!same && { input: parsed.input }),
    ...(segment !== undefined && { segment }),
  };
  const answer =
    sessionId === undefined || plan.sessionConcurrency === 'queue'
      ? known
      : { ...known, session: await found(sessionId, plan, jsonBytes(known)) };
  const bytes = jsonBytes(answer);
  if (bytes <= MAX_PAYLOAD_BYTES) return answer;
  return refusal(
    plan,
    `${type}: plan, session state and input, as its schema parsed it, take ${String(bytes)} bytes, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores.`,
  );

  function found(id: string, { historyRuns }: Plan, taken: number): Promise<LoadedSession> {
    const request = { sessionId: id, ...(historyRuns !== undefined && { historyRuns }) };
    return loadSession(sessions, context.client, request, MAX_PAYLOAD_BYTES - taken);
  }
}

function refusal({ onFinish, policies }: Plan, refused: string): PlanAnswer {
  const policy = onFinish === undefined ? undefined : policies[onFinish];
  return { refused, ...(policy !== undefined && { onFinish: policy }) };
}

async function perform(
  call: AnyCall | OversizedCall,
  options: ActivitiesOptions,
  resolver: Resolver,
  models: Models,
): Promise<CallResult> {
  const context = Context.current();
  const { info } = context;
  const record = new AttemptRecord(context);
  const id = info.activityId as CallId;
  const key = activityType(info.workflowType ?? '', referenceOf(id));
  const entry = options.registry.calls.get(key);
  if (entry === undefined) throw record.notOnWorker(`the step '${key}'`, options.taskQueue);
  const name = toolOf(id, info.activityType) ?? entry.name;
  const lost = record.lostTooOften(name);
  if (lost !== null) throw lost;
  if ('oversized' in call) throw record.oversized(name, call);
  const work = workOf(entry, call, info, models);
  if (work === null)
    throw record.notOnWorker(`'${info.activityType}' for '${key}'`, options.taskQueue);

  const place = placeOf(info, id, call);
  const heartbeats = record.heartbeats();
  try {
    const result = await bounded(
      { context, name, call, record, work, resolve: () => resolver.resolve(place, call) },
      options.cancelGrace,
      heartbeats,
    );
    resolver.remember(place, result);
    return result;
  } finally {
    heartbeats.stop();
  }
}

/** One attempt of a call, and what it takes to make it. */
interface Attempted {
  readonly context: Context;
  /** In messages. */
  readonly name: string;
  readonly call: AnyCall;
  readonly record: AttemptRecord;
  readonly work: Work;
  readonly resolve: () => Promise<Given>;
}

/** Does the work until it ends, its time is up, or it was cancelled and has had its grace: whichever is first. */
async function bounded(
  { context, name, call, record, work, resolve }: Attempted,
  cancelGrace: number,
  { beat: heartbeat, tell }: Heartbeats,
): Promise<CallResult> {
  const { info, log, cancellationSignal } = context;
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new StepTimeoutError(call.policy.timeout));
  }, call.policy.timeout);
  const left = leaveAfter(cancellationSignal, cancelGrace);
  const inputs = { read: false };
  const run = async (): Promise<CallResult> => {
    const given = await resolve();
    inputs.read = true;
    const signal = AbortSignal.any([cancellationSignal, timeout.signal]);
    return work(given, { info, signal, log, heartbeat, tell });
  };
  try {
    const result = await Promise.race([run(), aborted(timeout.signal), left.promise]);
    // A step that was under way when its run was cancelled has no result, however gracefully it ends.
    if (cancellationSignal.aborted && !isStopping(context)) throw record.cancelled(name);
    return result;
  } catch (error) {
    if (cancellationSignal.aborted) {
      throw isStopping(context) ? record.shutDown(name) : record.cancelled(name);
    }
    if (!inputs.read && !(error instanceof ExpiredError || error instanceof StepTimeoutError)) {
      throw record.unreadable(name, error);
    }
    throw record.failed(name, error, call);
  } finally {
    clearTimeout(timer);
    left.stop();
  }
}

/** The signal fired because the worker stops, not because the run is cancelled. */
function isStopping({ cancellationDetails }: Context): boolean {
  return cancellationDetails?.workerShutdown === true;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

/** Rejects when a grace after the signal is over. */
function leaveAfter(
  signal: AbortSignal,
  grace: number,
): { promise: Promise<never>; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => {
        reject(new Error(`didn't end within ${String(grace)} ms of its cancellation`));
      }, grace);
    };
    signal.addEventListener('abort', onAbort);
  });
  return {
    promise,
    stop: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
