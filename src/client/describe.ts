import type { Connection } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { isOwnActivity } from '../plan/contract.js';
import { lastName, referenceOf, toolOf, turnOf, type CallId } from '../plan/reference.js';
import { orNull } from './history.js';
import { idsOf } from './memo.js';
import type { ActiveStep, RunHealth, RunStatus, SummaryFacts } from './run.js';
import type { CallOptions, Server } from './server.js';
import { dateOf } from './timestamp.js';
import { uiUrlOf } from './ui-url.js';

type Response = Awaited<ReturnType<Connection['workflowService']['describeWorkflowExecution']>>;
type ExecutionInfo = NonNullable<Response['workflowExecutionInfo']>;
type PendingActivity = NonNullable<Response['pendingActivities']>[number];

/** Temporal's numbers for the states of a workflow, a workflow task and an activity. */
const Workflow = { running: 1, completed: 2, failed: 3, canceled: 4, terminated: 5, timedOut: 7 };
const Pending = { scheduled: 1, started: 2, cancelRequested: 3 };

const STATUS: Readonly<Record<number, RunStatus>> = {
  [Workflow.running]: 'running',
  [Workflow.completed]: 'completed',
  [Workflow.failed]: 'failed',
  [Workflow.canceled]: 'cancelled',
  [Workflow.terminated]: 'cancelled',
  [Workflow.timedOut]: 'failed',
};

/** What the server says of a run without its history. */
export interface Description extends SummaryFacts {
  /** Queues on which something of the run waits for a worker, and since when it does. */
  readonly waiting: readonly Waiting[];
  /** What is known of the calls under way. */
  readonly calls: ReadonlyMap<CallId, ActiveStep>;
  /** The Temporal run with which the run began, before it was continued or reset. */
  readonly firstRunId: string;
  /** Events of the latest execution. */
  readonly historyLength: number;
}

export interface Waiting {
  readonly taskQueue: string;
  readonly kind: 'workflow' | 'activity';
  readonly since: Date;
}

/** One look at a run; `null` where there is none. */
export async function describe(
  server: Server,
  runId: string,
  options: CallOptions = {},
): Promise<Description | null> {
  const { namespace, service } = server;
  const response = await orNull(
    server.call(
      () => service.describeWorkflowExecution({ namespace, execution: { workflowId: runId } }),
      options,
    ),
  );
  return response === null ? null : descriptionOf(server, response);
}

async function descriptionOf(server: Server, response: Response): Promise<Description> {
  const info = response.workflowExecutionInfo ?? {};
  const { status, temporalRunId, ...facts } = await listedOf(server, info);
  const firstRunId = info.firstRunId || temporalRunId;
  // A run that nobody has taken has a start, and perhaps a task that waits.
  const untaken = firstRunId === temporalRunId && Number(info.historyLength) <= 2;
  const taskQueue = response.executionConfig?.taskQueue?.name ?? info.taskQueue ?? '';
  const activities = response.pendingActivities;
  const failures = await Promise.all(
    activities.map(({ lastFailure }) =>
      decodeOptionalFailureToOptionalError(server.client.options.loadedDataConverter, lastFailure),
    ),
  );
  const calls = new Map<CallId, ActiveStep>();
  for (const [index, activity] of activities.entries()) {
    if (isOwnActivity(activity.activityType?.name ?? '')) continue;
    const call = activity.activityId as CallId;
    calls.set(call, activeStep(activity, call, failures[index]?.message ?? null));
  }
  return {
    ...facts,
    temporalRunId,
    status: status === 'running' && untaken ? 'pending' : status,
    createdAt: dateOf(response.workflowExtendedInfo?.originalStartTime) ?? facts.createdAt,
    activeSteps: [...calls.values()],
    calls,
    firstRunId,
    historyLength: Number(info.historyLength),
    health: healthOf(response, failures),
    waiting: waitingOf(response, taskQueue),
  };
}

/** What a list of runs tells of one. Of an open run not whether a worker has taken it. */
export async function listedOf(server: Server, info: ExecutionInfo): Promise<SummaryFacts> {
  const runId = info.execution?.workflowId ?? '';
  const temporalRunId = info.execution?.runId ?? '';
  const workflowName = info.type?.name ?? '';
  const converter = server.client.options.loadedDataConverter;
  const status = STATUS[info.status ?? 0] ?? 'running';
  return {
    runId,
    temporalRunId,
    workflowName,
    ...(await idsOf(converter, workflowName, info.memo?.fields)),
    parentRunId: info.parentExecution?.workflowId || null,
    status,
    createdAt: dateOf(info.startTime) ?? new Date(0),
    finishedAt: status === 'running' ? null : dateOf(info.closeTime),
    url: uiUrlOf(server.config, runId, temporalRunId),
    activeSteps: [],
    health: { state: 'ok' },
  };
}

/** What a call's names tell of it. */
export function activeCall(
  call: CallId,
  activityType: string,
): Pick<ActiveStep, 'stepName' | 'stepPath' | 'turn' | 'tool'> {
  const stepPath = referenceOf(call);
  return {
    stepName: lastName(stepPath),
    stepPath,
    turn: turnOf(call),
    tool: toolOf(call, activityType),
  };
}

function activeStep(
  activity: PendingActivity,
  call: CallId,
  lastFailure: string | null,
): ActiveStep {
  const state = Number(activity.state);
  return {
    ...activeCall(call, activity.activityType?.name ?? ''),
    runId: null,
    state:
      state === Pending.started
        ? 'running'
        : state === Pending.cancelRequested
          ? 'cancelling'
          : 'waiting',
    attempt: activity.attempt ?? 1,
    startedAt: state === Pending.scheduled ? null : dateOf(activity.lastStartedTime),
    lastFailure,
  };
}

function healthOf(response: Response, failures: readonly (Error | undefined)[]): RunHealth {
  const task = response.pendingWorkflowTask;
  const attempts = task?.attempt ?? 1;
  // A task whose worker was killed is made again and comes through; so is one during which too many events arrived.
  const since = dateOf(task?.originalScheduledTime)?.getTime() ?? 0;
  if (attempts > 2 && Date.now() - since > STALLED_AFTER) {
    const message = `Its workflow task has failed ${String(attempts - 1)} times, and is tried again.`;
    return { state: 'stalled', attempts, message };
  }
  for (const [index, activity] of response.pendingActivities.entries()) {
    const failure = failures[index];
    if (failure === undefined) continue;
    const isOwn = isOwnActivity(activity.activityType?.name ?? '');
    const waits = Number(activity.state) === Pending.scheduled;
    return {
      state: 'retrying',
      step: isOwn ? null : referenceOf(activity.activityId as CallId),
      code: 'type' in failure && typeof failure.type === 'string' ? failure.type : null,
      message: failure.message,
      attempts: (activity.attempt ?? 1) - (waits ? 1 : 0),
      nextAttemptAt: waits ? dateOf(activity.nextAttemptScheduleTime) : null,
    };
  }
  return { state: 'ok' };
}

/** Milliseconds. A task takes some ten, and one that is never finished by its worker 10 s. */
const STALLED_AFTER = 3_000;

function waitingOf(response: Response, taskQueue: string): Waiting[] {
  const waiting: Waiting[] = [];
  const task = response.pendingWorkflowTask;
  const scheduled = dateOf(task?.scheduledTime);
  if (Number(task?.state) === Pending.scheduled && scheduled !== null) {
    waiting.push({ taskQueue, kind: 'workflow', since: scheduled });
  }
  for (const activity of response.pendingActivities) {
    const since = dateOf(activity.scheduledTime);
    if (Number(activity.state) !== Pending.scheduled || since === null || since > new Date())
      continue;
    const queue = activity.activityOptions?.taskQueue?.name ?? taskQueue;
    waiting.push({ taskQueue: queue, kind: 'activity', since });
  }
  return waiting;
}
