import type { Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { RunErrorCode } from '../plan/codes.js';
import {
  Activities,
  CONTENT_TOO_LARGE,
  isOwnActivity,
  Memo,
  Timers,
  type CallResult,
  type LoadedSession,
  type LocalAnswer,
  type PlanAnswer,
  type RunErrorData,
  type RunSettings,
} from '../plan/contract.js';
import { isJsonObject, type Json } from '../plan/json.js';
import type { StepResult } from '../plan/output.js';
import { WALK_VERSION, type Plan } from '../plan/plan.js';
import { lastName, referenceOf, type CallId } from '../plan/reference.js';
import { CANCELLED, failedResult, resultOf } from '../plan/result.js';
import type { Outcome } from '../walk/host.js';
import {
  failed,
  nestedFailed,
  nestedResult,
  withRun,
  succeeded,
  type FailureLike,
} from '../walk/outcome.js';
import { startState } from '../walk/start.js';
import { walk, type WalkEnd, type Walking } from '../walk/walk.js';
import { EventLog } from './event-log.js';
import type { RunEvent } from './events.js';
import { isOfTheRun, type HistoryEvent } from './history.js';
import { idsOf } from './memo.js';
import { RecordedHost } from './recorded-host.js';
import { RunError } from './run.js';
import { dateOf } from './timestamp.js';

/** What a history tells of its run, as far as it was read. */
export interface RecordedView {
  readonly settings: RunSettings;
  /** `null` until a worker has answered. */
  readonly plan: Plan | null;
  /** When a worker first took the run. */
  readonly startedAt: Date | null;
  readonly stepResults: readonly StepResult[];
  /** Calls that were asked for and haven't ended, oldest first. */
  readonly openCalls: readonly OpenCall[];
  readonly close: RecordedClose | null;
  /** Why the run's latest workflow task failed; `null` when it didn't. */
  readonly taskFailure: string | null;
}

/** A call under way. */
export interface OpenCall {
  readonly call: CallId;
  /** Of a nested run the type of its workflow. */
  readonly activityType: string;
  /** Of a nested run; `null` elsewhere. */
  readonly runId: string | null;
}

export type RecordedClose =
  | { readonly status: 'completed'; readonly at: Date; readonly content: Json }
  | { readonly status: 'failed'; readonly at: Date; readonly error: RunErrorData }
  | { readonly status: 'cancelled'; readonly at: Date };

type DataConverter = Client['options']['loadedDataConverter'];

/**
 * Reads a run from its history: the events answer the calls of a walk, so that what is read is what the run itself
 * made of them. It may be given a history in pieces, and looked at in between.
 */
export class Recording {
  readonly #log = new EventLog();
  readonly #host = new RecordedHost((event) => {
    this.#log.ofANode(event);
  });
  readonly #open = new Map<string, OpenCall>();
  /** What calls gave, for plans that can't be followed. */
  readonly #settled = new Map<CallId, StepResult>();
  /** What was asked beside the walk, by the event that scheduled it. */
  readonly #asked = new Map<string, string>();
  #timer: string | null = null;
  #input: Json = null;
  #settings: RunSettings = {};
  #plan: Plan | null = null;
  #walking: Walking | null = null;
  #end: WalkEnd | null = null;
  #startedAt: Date | null = null;
  #taskFailure: string | null = null;
  #close: RecordedClose | null = null;

  constructor(readonly converter: DataConverter) {}

  /** The run's events so far. */
  get events(): readonly RunEvent[] {
    return this.#log.events;
  }

  /** The run's plan is of a newer version than this client, which can't tell its events. */
  get isTooNew(): boolean {
    return this.#plan !== null && this.#walking === null;
  }

  async add(events: readonly HistoryEvent[]): Promise<void> {
    for (const event of events) {
      this.#log.at(dateOf(event.eventTime));
      await this.#add(event);
      // After each, so that the order of what is told doesn't depend on how the history was cut.
      if (isOfTheRun(event)) await settled();
    }
  }

  view(): RecordedView {
    return {
      settings: this.#settings,
      plan: this.#plan,
      startedAt: this.#startedAt,
      stepResults: this.#results(),
      openCalls: [...this.#open.values()],
      close: this.#close,
      taskFailure: this.#taskFailure,
    };
  }

  #results(): readonly StepResult[] {
    // A plan of a newer walk can't be followed: what its calls gave stands without their containers.
    if (this.#walking === null) return [...this.#settled.values()];
    return this.#walking.results(this.#close === null ? undefined : CANCELLED);
  }

  // Each branch is one kind of event; the attributes that an event has tell its kind.
  async #add(event: HistoryEvent): Promise<void> {
    const id = String(event.eventId);
    if (event.workflowExecutionStartedEventAttributes) {
      await this.#started(event.workflowExecutionStartedEventAttributes);
    } else if (event.workflowTaskStartedEventAttributes) {
      this.#startedAt ??= dateOf(event.eventTime);
    } else if (event.workflowTaskCompletedEventAttributes) {
      this.#taskFailure = null;
    } else if (event.workflowTaskFailedEventAttributes) {
      const { failure } = event.workflowTaskFailedEventAttributes;
      this.#taskFailure = failure?.message ?? 'unknown';
    } else if (event.markerRecordedEventAttributes) {
      await this.#marked(event);
    } else if (event.startChildWorkflowExecutionInitiatedEventAttributes) {
      const { memo, workflowId, workflowType } =
        event.startChildWorkflowExecutionInitiatedEventAttributes;
      const call = await this.#decode<CallId>({ payloads: [memo?.fields?.[Memo.call] ?? {}] });
      this.#scheduled(id, call, workflowType?.name ?? '', workflowId ?? null);
    } else if (event.childWorkflowExecutionCompletedEventAttributes) {
      const { initiatedEventId, result } = event.childWorkflowExecutionCompletedEventAttributes;
      const content = result?.payloads?.length ? await this.#decode<Json>(result) : null;
      this.#nestedEnded(initiatedEventId, (name, run) => nestedResult(name, run, content));
    } else if (event.childWorkflowExecutionFailedEventAttributes) {
      const { initiatedEventId, failure } = event.childWorkflowExecutionFailedEventAttributes;
      const error = await this.#error(failure);
      this.#nestedEnded(initiatedEventId, (name, run) =>
        withRun(run, nestedFailed(name, error, this.#host.ending)),
      );
    } else if (nestedEnding(event) !== null) {
      const { id: initiated, name: ending } = nestedEnding(event) ?? { id: null, name: '' };
      const error = { name: ending, message: ending };
      this.#nestedEnded(initiated, (name, run) =>
        withRun(run, nestedFailed(name, error, this.#host.ending)),
      );
    } else if (event.activityTaskScheduledEventAttributes) {
      const { activityId, activityType } = event.activityTaskScheduledEventAttributes;
      const type = activityType?.name ?? '';
      if (isOwnActivity(type)) this.#asked.set(id, type);
      else this.#scheduled(id, activityId as CallId, type);
    } else if (event.activityTaskCompletedEventAttributes) {
      const { scheduledEventId, result } = event.activityTaskCompletedEventAttributes;
      const asked = this.#asked.get(String(scheduledEventId));
      if (asked !== undefined) await this.#answered(asked, result);
      else this.#ended(scheduledEventId, succeeded(await this.#decode<CallResult>(result)));
    } else if (event.activityTaskFailedEventAttributes) {
      await this.#failed(event.activityTaskFailedEventAttributes);
    } else if (event.activityTaskTimedOutEventAttributes) {
      await this.#failed(event.activityTaskTimedOutEventAttributes);
    } else if (event.activityTaskCanceledEventAttributes) {
      const { scheduledEventId } = event.activityTaskCanceledEventAttributes;
      this.#ended(scheduledEventId, { kind: 'cancelled' });
    } else if (event.timerStartedEventAttributes) {
      if ((await this.#summary(event)) === Timers.runTimeout) {
        this.#timer = event.timerStartedEventAttributes.timerId ?? null;
      }
    } else if (event.timerFiredEventAttributes) {
      if (event.timerFiredEventAttributes.timerId === this.#timer) this.#host.ending = true;
    } else if (event.workflowExecutionCancelRequestedEventAttributes) {
      this.#host.ending = true;
    } else {
      await this.#closed(event);
    }
  }

  async #started({
    input,
    memo,
    workflowId,
    workflowType,
  }: NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>): Promise<void> {
    const given = await decodeArrayFromPayloads(this.converter, input?.payloads);
    this.#input = (given[0] as Json | undefined) ?? null;
    this.#settings = (given[1] as RunSettings | null | undefined) ?? {};
    const workflowName = workflowType?.name ?? '';
    const ids = await idsOf(this.converter, workflowName, memo?.fields);
    const sessionId = this.#settings.sessionId ?? null;
    this.#log.of({ runId: workflowId ?? '', workflowName, workflowId: ids.workflowId, sessionId });
  }

  async #answered(type: unknown, result: Payloads): Promise<void> {
    if (type === Activities.resolvePlan) {
      this.#planned(await this.#decode<PlanAnswer>(result));
    } else if (type === Activities.loadSession && this.#plan !== null) {
      this.#begin(this.#plan, await this.#decode<LoadedSession>(result));
    }
  }

  #planned(answer: PlanAnswer): void {
    if (this.#plan !== null) return;
    const input = ('input' in answer ? answer.input : undefined) ?? this.#input;
    if ('plan' in answer) this.#log.of({ workflowId: answer.plan.workflow.id });
    this.#log.ofTheRun({ event: 'WorkflowStarted', input });
    if (!('plan' in answer)) return;
    const { plan } = answer;
    this.#plan = plan;
    const waits = plan.sessionConcurrency === 'queue';
    if (this.#settings.sessionId === undefined || !waits) this.#begin(plan, answer.session ?? null);
  }

  #begin(plan: Plan, session: LoadedSession | null): void {
    if (plan.walk !== WALK_VERSION) return;
    this.#walking = walk(plan, startState(plan, this.#settings, session), this.#host);
    this.#walking.end.then(
      (end) => {
        this.#end = end;
      },
      () => {
        // It has a node of a kind that this version doesn't know.
        this.#walking = null;
      },
    );
  }

  /** What was asked within a workflow task, with its answer. What failed there was asked once more. */
  async #marked(event: HistoryEvent): Promise<void> {
    const answer = event.markerRecordedEventAttributes?.details?.['result'];
    if (!answer) return;
    const asked = String(await this.#summary(event));
    if (isOwnActivity(asked)) {
      await this.#answered(asked, answer);
      return;
    }
    const call = asked as CallId;
    const local = await this.#decode<LocalAnswer>(answer);
    this.#host.scheduled(call);
    this.#host.settled(
      call,
      'result' in local ? succeeded(local.result) : { kind: 'failed', error: local.failed },
    );
  }

  #scheduled(id: string, call: CallId, activityType: string, runId: string | null = null): void {
    this.#open.set(id, { call, activityType, runId });
    this.#host.scheduled(call);
  }

  #nestedEnded(initiated: unknown, outcome: (name: string, run: string) => Outcome): void {
    const open = this.#open.get(String(initiated));
    if (open !== undefined)
      this.#ended(initiated, outcome(lastName(referenceOf(open.call)), open.runId ?? ''));
  }

  async #failed({
    scheduledEventId,
    failure,
  }: Pick<
    NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>,
    'scheduledEventId' | 'failure'
  >): Promise<void> {
    this.#ended(scheduledEventId, failed(await this.#error(failure), this.#host.ending));
  }

  #ended(scheduledEventId: unknown, outcome: Outcome): void {
    const id = String(scheduledEventId);
    const open = this.#open.get(id);
    if (open === undefined) return;
    const { call } = open;
    this.#open.delete(id);
    this.#host.settled(call, outcome);
    this.#settled.set(call, alone(call, outcome));
  }

  async #closed(event: HistoryEvent): Promise<void> {
    const close = await this.#closeOf(event);
    if (close === null) return;
    this.#host.close();
    this.#open.clear();
    await settled();
    this.#close =
      close.status === 'completed' ? { ...close, content: this.#content(close.content) } : close;
    this.#tellEnd(this.#close);
  }

  #tellEnd(close: RecordedClose): void {
    switch (close.status) {
      case 'completed':
        this.#log.ofTheRun({ event: 'WorkflowCompleted', content: close.content });
        break;
      case 'failed':
        this.#log.ofTheRun({ event: 'WorkflowError', error: new RunError(close.error) });
        break;
      case 'cancelled':
        this.#log.ofTheRun({ event: 'WorkflowCancelled' });
    }
  }

  /** A content that is too large for a workflow's result follows from the calls that gave its parts. */
  #content(result: Json): Json {
    const isNote = isJsonObject(result) && CONTENT_TOO_LARGE in result;
    return isNote && this.#end?.kind === 'completed' ? this.#end.content : result;
  }

  async #closeOf(event: HistoryEvent): Promise<RecordedClose | null> {
    const at = dateOf(event.eventTime) ?? new Date(0);
    if (event.workflowExecutionCompletedEventAttributes) {
      const { result } = event.workflowExecutionCompletedEventAttributes;
      const content = result?.payloads?.length ? await this.#decode<Json | null>(result) : null;
      return { status: 'completed', at, content };
    }
    if (event.workflowExecutionFailedEventAttributes) {
      const { failure } = event.workflowExecutionFailedEventAttributes;
      return { status: 'failed', at, error: runError(await this.#error(failure)) };
    }
    if (event.workflowExecutionTimedOutEventAttributes) {
      const message = "The run's execution timeout, which was set outside outlast, is over.";
      return { status: 'failed', at, error: endedOutside(message) };
    }
    const cancelled =
      event.workflowExecutionCanceledEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes;
    return cancelled ? { status: 'cancelled', at } : null;
  }

  async #error(
    failure: Parameters<typeof decodeOptionalFailureToOptionalError>[1],
  ): Promise<FailureLike> {
    const error = await decodeOptionalFailureToOptionalError(this.converter, failure);
    return error ?? new TimeoutFailure('no reason given', undefined, 'START_TO_CLOSE');
  }

  async #summary(event: HistoryEvent): Promise<unknown> {
    const summary = event.userMetadata?.summary;
    return summary ? this.#decode({ payloads: [summary] }) : null;
  }

  #decode<T>(payloads: Payloads): Promise<T> {
    return decodeFromPayloadsAtIndex<T>(this.converter, 0, payloads?.payloads);
  }
}

/** Which nested run ended without a result and a failure of its own, and the class that Temporal's SDK has for it. */
function nestedEnding(event: HistoryEvent): { readonly id: unknown; readonly name: string } | null {
  const {
    childWorkflowExecutionCanceledEventAttributes: cancelled,
    childWorkflowExecutionTerminatedEventAttributes: terminated,
    childWorkflowExecutionTimedOutEventAttributes: timedOut,
    startChildWorkflowExecutionFailedEventAttributes: unstarted,
  } = event;
  if (cancelled) return { id: cancelled.initiatedEventId, name: 'CancelledFailure' };
  if (terminated) return { id: terminated.initiatedEventId, name: 'TerminatedFailure' };
  if (timedOut) return { id: timedOut.initiatedEventId, name: 'TimeoutFailure' };
  return unstarted ? { id: unstarted.initiatedEventId, name: 'CancelledFailure' } : null;
}

type Payloads =
  { readonly payloads?: Parameters<typeof decodeArrayFromPayloads>[1] } | null | undefined;

/**
 * Lets the walk take in what it was answered: it goes on until it asks for what isn't there yet. All that it awaits are
 * promises, and Node comes to its ticks when no promise is left to go on; a turn of the event loop would take thrice as long.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function alone(call: CallId, outcome: Outcome): StepResult {
  const name = lastName(referenceOf(call));
  switch (outcome.kind) {
    case 'result':
      return resultOf(name, outcome.result);
    case 'failed':
      return failedResult(name, outcome.error.message, false);
    case 'cancelled':
      return failedResult(name, CANCELLED, false);
  }
}

function runError(failure: FailureLike): RunErrorData {
  if (failure.name !== 'ApplicationFailure') return endedOutside(failure.message);
  const facts = failure.details?.[0] as Partial<RunErrorData> | undefined;
  return {
    message: failure.message,
    code: (failure.type ?? 'INTERNAL') as RunErrorCode,
    step: facts?.step ?? null,
    type: facts?.type ?? null,
    attempts: facts?.attempts ?? null,
  };
}

function endedOutside(message: string): RunErrorData {
  return { message, code: 'RUN_ENDED_OUTSIDE', step: null, type: null, attempts: null };
}
