import { Context } from '@temporalio/activity';
import {
  Activities,
  type CallResult,
  type OversizedCall,
  type PlanAnswer,
  type PlanRequest,
  type StepCall,
} from '../plan/contract.js';
import type { Registry, StepEntry } from '../plan/executor.js';
import { jsonBytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import type { CallId } from '../plan/reference.js';
import { AttemptRecord, StepTimeoutError } from './attempt.js';
import { readRun } from './read-history.js';
import { ExpiredError, Resolver, type CallPlace, type Given } from './resolve.js';
import { RunMemories } from './run-memory.js';
import { runExecutor } from './run-step.js';

export interface ActivitiesOptions {
  readonly registry: Registry;
  readonly taskQueue: string;
  /** Milliseconds that a cancelled executor has to end before it is left behind. */
  readonly cancelGrace: number;
}

type ActivityFunction<In, Out> = (given: In) => Promise<Out>;

/** The activities of a worker: the plan of a run, and every step, each under the name of its own activity type. */
export function createActivities(options: ActivitiesOptions): {
  [Activities.resolvePlan]: ActivityFunction<PlanRequest, PlanAnswer>;
  default: ActivityFunction<StepCall | OversizedCall, CallResult>;
} {
  const resolver = new Resolver(new RunMemories(), (place, wanted, known) =>
    readRun(Context.current().client, place, wanted, known),
  );
  return {
    [Activities.resolvePlan]: (request) => resolvePlan(request, options),
    default: (call) => callStep(call, options, resolver),
  };
}

async function resolvePlan(
  { input }: PlanRequest,
  { registry, taskQueue }: ActivitiesOptions,
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
  const parsed = await entry.parseInput(input);
  if (!parsed.ok) return { refused: `${type}: the input is refused: ${parsed.faults}` };
  const same = JSON.stringify(parsed.input) === JSON.stringify(input);
  const answer = same ? { plan: entry.plan } : { plan: entry.plan, input: parsed.input };
  const bytes = jsonBytes(answer);
  if (bytes <= MAX_PAYLOAD_BYTES) return answer;
  return {
    refused: `${type}: plan and input, as its schema parsed it, take ${String(bytes)} bytes, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores.`,
  };
}

async function callStep(
  call: StepCall | OversizedCall,
  options: ActivitiesOptions,
  resolver: Resolver,
): Promise<CallResult> {
  const context = Context.current();
  const { info } = context;
  const record = new AttemptRecord(context);
  const entry = options.registry.steps.get(info.activityType);
  if (entry === undefined) {
    throw record.passed(
      `The worker on the queue '${options.taskQueue}' that was asked doesn't have the step '${info.activityType}'. Start one that has it; after a rename give the old name in its \`aliases\`.`,
      'STEP_NOT_ON_WORKER',
    );
  }
  const lost = record.lostTooOften(entry.name);
  if (lost !== null) throw lost;
  if ('oversized' in call) throw record.oversized(entry.name, call);

  const place: CallPlace = {
    runId: info.workflowExecution?.workflowId ?? '',
    temporalRunId: info.workflowExecution?.runId ?? '',
    call: info.activityId as CallId,
  };
  const heartbeats = record.heartbeats();
  try {
    const result = await bounded(
      { context, entry, call, record, resolve: () => resolver.resolve(place, call) },
      options.cancelGrace,
      heartbeats.beat,
    );
    resolver.remember(place, result);
    return result;
  } finally {
    heartbeats.stop();
  }
}

/** One attempt of a step, and what it takes to make it. */
interface Attempted {
  readonly context: Context;
  readonly entry: StepEntry;
  readonly call: StepCall;
  readonly record: AttemptRecord;
  readonly resolve: () => Promise<Given>;
}

/** Runs the executor until it ends, its time is up, or it was cancelled and has had its grace: whichever is first. */
async function bounded(
  { context, entry, call, record, resolve }: Attempted,
  cancelGrace: number,
  heartbeat: () => void,
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
    return runExecutor(entry, call, given, { info, signal, log, heartbeat });
  };
  try {
    const result = await Promise.race([run(), aborted(timeout.signal), left.promise]);
    // A step that was under way when its run was cancelled has no result, however gracefully it ends.
    if (cancellationSignal.aborted && !isStopping(context)) throw record.cancelled(entry.name);
    return result;
  } catch (error) {
    if (cancellationSignal.aborted) {
      throw isStopping(context) ? record.shutDown(entry.name) : record.cancelled(entry.name);
    }
    if (!inputs.read && !(error instanceof ExpiredError || error instanceof StepTimeoutError)) {
      throw record.unreadable(entry.name, error);
    }
    throw record.failed(entry.name, error, call);
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
