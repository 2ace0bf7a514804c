import {
  Activities,
  isOwnActivity,
  Memo,
  Timers,
  type CallResult,
  type LoadedSession,
  type LocalAnswer,
  type PlanAnswer,
  type RunSettings,
} from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import type { Metrics } from '../plan/metrics.js';
import type { StepResult } from '../plan/output.js';
import type { Plan } from '../plan/plan.js';
import { lastName, referenceOf, type CallId } from '../plan/reference.js';
import type { Outcome } from '../walk/host.js';
import { failed, succeeded } from '../walk/outcome.js';
import { Decoder, type Payloads } from './decoder.js';
import { EventLog, type ContentFacts } from './event-log.js';
import type { RunEvent } from './events.js';
import { isOfTheRun, type HistoryEvent } from './history.js';
import { LiveTurns } from './live-turns.js';
import { idsOf } from './memo.js';
import { closeOf, type RecordedClose } from './recorded-close.js';
import { RecordedHost } from './recorded-host.js';
import { nestedEndOf, type NestedEnd } from './recorded-nested.js';
import { RecordedWalk } from './recorded-walk.js';
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
  /** `null` where no model has answered. */
  readonly metrics: Metrics | null;
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

/**
 * Reads a run from its history: the events answer the calls of a walk, so that what is read is what the run itself
 * made of them. It may be given a history in pieces, and looked at in between.
 */
export class Recording {
  readonly #log = new EventLog();
  readonly #turns = new LiveTurns();
  readonly #host = new RecordedHost(
    (event) => {
      this.#log.ofANode(event);
    },
    (request) => {
      this.#turns.asked(request);
    },
  );
  readonly #walk = new RecordedWalk(this.#host);
  readonly #open = new Map<string, OpenCall>();
  /** Which attempts ended calls, by the events that scheduled these. */
  readonly #attempts = new Map<string, number>();
  /** What was asked beside the walk, by the event that scheduled it. */
  readonly #asked = new Map<string, string>();
  #timer: string | null = null;
  #input: Json = null;
  #settings: RunSettings = {};
  #startedAt: Date | null = null;
  #taskFailure: string | null = null;
  #close: RecordedClose | null = null;

  readonly #decoder: Decoder;

  constructor(converter: Decoder['converter']) {
    this.#decoder = new Decoder(converter);
  }

  /** The run's events so far. */
  get events(): readonly RunEvent[] {
    return this.#log.events;
  }

  /** Its agents' turns, for who reads while they are taken. */
  get turns(): LiveTurns {
    return this.#turns;
  }

  /** An event that isn't one of the run's own: it stands between the one with that offset and the next. */
  passing(facts: ContentFacts, offset: number): RunEvent {
    return this.#log.passing(facts, offset);
  }

  /** The run's plan is of a newer version than this client, which can't tell its events. */
  get isTooNew(): boolean {
    return this.#walk.isTooNew;
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
      plan: this.#walk.plan,
      startedAt: this.#startedAt,
      stepResults: this.#walk.results(this.#close !== null),
      metrics: this.#walk.metrics,
      openCalls: [...this.#open.values()],
      close: this.#close,
      taskFailure: this.#taskFailure,
    };
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
      const call = await this.#decoder.one<CallId>({ payloads: [memo?.fields?.[Memo.call] ?? {}] });
      this.#scheduled(id, call, workflowType?.name ?? '', workflowId ?? null);
    } else if (event.activityTaskScheduledEventAttributes) {
      const { activityId, activityType } = event.activityTaskScheduledEventAttributes;
      const type = activityType?.name ?? '';
      if (isOwnActivity(type)) this.#asked.set(id, type);
      else this.#scheduled(id, activityId as CallId, type);
    } else if (event.activityTaskStartedEventAttributes) {
      const { scheduledEventId, attempt } = event.activityTaskStartedEventAttributes;
      this.#attempts.set(String(scheduledEventId), attempt ?? 1);
    } else if (event.activityTaskCompletedEventAttributes) {
      const { scheduledEventId, result } = event.activityTaskCompletedEventAttributes;
      const asked = this.#asked.get(String(scheduledEventId));
      if (asked !== undefined) await this.#answered(asked, result);
      else this.#ended(scheduledEventId, succeeded(await this.#decoder.one<CallResult>(result)));
    } else if (event.activityTaskFailedEventAttributes) {
      await this.#failed(event.activityTaskFailedEventAttributes);
    } else if (event.activityTaskTimedOutEventAttributes) {
      await this.#failed(event.activityTaskTimedOutEventAttributes);
    } else if (event.activityTaskCanceledEventAttributes) {
      const { scheduledEventId } = event.activityTaskCanceledEventAttributes;
      this.#ended(scheduledEventId, { kind: 'cancelled' });
    } else if (event.timerStartedEventAttributes) {
      if ((await this.#decoder.summary(event)) === Timers.runTimeout) {
        this.#timer = event.timerStartedEventAttributes.timerId ?? null;
      }
    } else if (event.timerFiredEventAttributes) {
      if (event.timerFiredEventAttributes.timerId === this.#timer) this.#host.ending = true;
    } else if (event.workflowExecutionCancelRequestedEventAttributes) {
      this.#host.ending = true;
    } else {
      const nested = await nestedEndOf(event, this.#decoder);
      if (nested === null) await this.#closed(event);
      else this.#nestedEnded(nested);
    }
  }

  async #started({
    input,
    memo,
    workflowId,
    workflowType,
  }: NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>): Promise<void> {
    const given = await this.#decoder.all(input);
    this.#input = (given[0] as Json | undefined) ?? null;
    this.#settings = (given[1] as RunSettings | null | undefined) ?? {};
    const workflowName = workflowType?.name ?? '';
    const ids = await idsOf(this.#decoder.converter, workflowName, memo?.fields);
    const sessionId = this.#settings.sessionId ?? null;
    this.#log.of({ runId: workflowId ?? '', workflowName, workflowId: ids.workflowId, sessionId });
  }

  async #answered(type: unknown, result: Payloads): Promise<void> {
    if (type === Activities.resolvePlan) {
      this.#planned(await this.#decoder.one<PlanAnswer>(result));
    } else if (type === Activities.loadSession && this.#walk.plan !== null) {
      const session = await this.#decoder.one<LoadedSession>(result);
      this.#walk.begin(this.#walk.plan, this.#settings, session);
    }
  }

  #planned(answer: PlanAnswer): void {
    if (this.#walk.plan !== null) return;
    const input = ('input' in answer ? answer.input : undefined) ?? this.#input;
    if ('plan' in answer) this.#log.of({ workflowId: answer.plan.workflow.id });
    this.#log.ofTheRun({ event: 'WorkflowStarted', input });
    if ('plan' in answer) this.#walk.planned(answer.plan, this.#settings, answer.session ?? null);
  }

  /** What was asked within a workflow task, with its answer. What failed there was asked once more. */
  async #marked(event: HistoryEvent): Promise<void> {
    const answer = event.markerRecordedEventAttributes?.details?.['result'];
    if (!answer) return;
    const asked = String(await this.#decoder.summary(event));
    if (isOwnActivity(asked)) {
      await this.#answered(asked, answer);
      return;
    }
    const call = asked as CallId;
    const local = await this.#decoder.one<LocalAnswer>(answer);
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

  #nestedEnded({ initiated, outcome }: NestedEnd): void {
    const open = this.#open.get(String(initiated));
    if (open === undefined) return;
    const name = lastName(referenceOf(open.call));
    this.#ended(initiated, outcome(name, open.runId ?? '', this.#host.ending));
  }

  async #failed({
    scheduledEventId,
    failure,
  }: Pick<
    NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>,
    'scheduledEventId' | 'failure'
  >): Promise<void> {
    this.#ended(scheduledEventId, failed(await this.#decoder.error(failure), this.#host.ending));
  }

  #ended(scheduledEventId: unknown, outcome: Outcome): void {
    const id = String(scheduledEventId);
    const open = this.#open.get(id);
    if (open === undefined) return;
    const { call } = open;
    this.#open.delete(id);
    const attempt = this.#attempts.get(id) ?? null;
    this.#attempts.delete(id);
    this.#turns.ended(call, outcome, {
      ...{ position: this.#log.events.length, at: this.#log.time, attempt },
    });
    this.#walk.settled(call, outcome);
  }

  async #closed(event: HistoryEvent): Promise<void> {
    const close = await closeOf(event, this.#decoder);
    if (close === null) return;
    this.#turns.close();
    this.#host.close();
    this.#open.clear();
    await settled();
    this.#close =
      close.status === 'completed'
        ? { ...close, content: this.#walk.content(close.content) }
        : close;
    this.#tellEnd(this.#close);
  }

  #tellEnd(close: RecordedClose): void {
    const { metrics } = this.#walk;
    switch (close.status) {
      case 'completed':
        this.#log.ofTheRun({ event: 'WorkflowCompleted', content: close.content, metrics });
        break;
      case 'failed':
        this.#log.ofTheRun({ event: 'WorkflowError', error: new RunError(close.error), metrics });
        break;
      case 'cancelled':
        this.#log.ofTheRun({ event: 'WorkflowCancelled', metrics });
    }
  }
}

/**
 * Lets the walk take in what it was answered: it goes on until it asks for what isn't there yet. All that it awaits are
 * promises, and Node comes to its ticks when no promise is left to go on; a turn of the event loop would take thrice as long.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
