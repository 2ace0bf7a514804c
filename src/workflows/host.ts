import {
  ActivityCancellationType,
  ActivityFailure,
  scheduleActivity,
  setCurrentDetails,
  workflowInfo,
  type ActivityOptions,
  CancellationScope,
} from '@temporalio/workflow';
import {
  Activities,
  ON_FINISH,
  type AnyCall,
  type CallResult,
  type LoadedContent,
  type LocalQuestion,
  type OversizedCall,
  type StepCall,
} from '../plan/contract.js';
import { brief } from '../plan/brief.js';
import { jsonBytes } from '../plan/json.js';
import {
  HEARTBEAT_TIMEOUT,
  LOST_WORKER_DELAY,
  MAX_CALLS_IN_FLIGHT,
  MAX_HISTORY_EVENTS,
  MAX_PAYLOAD_BYTES,
  TIMEOUT_MARGIN,
} from '../plan/limits.js';
import { QUESTION_POLICY, type Plan, type Policy } from '../plan/plan.js';
import { activityType, toolType, turnType } from '../plan/reference.js';
import type { WalkEvent } from '../walk/event.js';
import type { Call, FinishRequest, Host, Outcome, Request, WorkflowRequest } from '../walk/host.js';
import { failed, succeeded, type FailureLike } from '../walk/outcome.js';
import type { Ledger } from '../walk/ledger.js';
import type { Scope } from '../walk/scope.js';
import { State } from '../walk/state.js';
import { askHere } from './ask-here.js';
import { Details } from './details.js';
import { Encoder } from './encode.js';
import { encodeCall, type CallRequest, type RunFacts } from './encode-call.js';
import { InOrder } from './in-order.js';
import { runNested } from './nested.js';
import { Passes } from './passes.js';
import type { Segment } from './segment.js';
import { Slots } from './slots.js';

/** The host that schedules: each call of the walk is an activity. */
export class TemporalHost implements Host {
  readonly #encoder = new Encoder();
  readonly #slots = new Slots(MAX_CALLS_IN_FLIGHT);
  readonly #answers = new InOrder();
  readonly details: Details;
  readonly #passes: Passes;
  #isFull = false;
  #loads = 0;

  constructor(
    readonly plan: Plan,
    readonly facts: RunFacts,
    /** Calls run in it, and end when it is cancelled. */
    readonly scope: CancellationScope,
    readonly segment: Segment,
    ledger: Ledger,
  ) {
    this.details = new Details(plan, setCurrentDetails);
    try {
      this.details.resume(ledger);
    } catch {
      // No run is to fail by what it shows.
    }
    this.#passes = new Passes(plan);
  }

  get ending(): boolean {
    return this.scope.consideredCancelled;
  }

  /** The history has no room for a further call: the run was ended for it. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The record is history: nothing is written for the sake of events. Who looks on is shown how far the run is. */
  emit(event: WalkEvent): void {
    this.details.update(event);
  }

  call(request: Request): Call {
    const started = this.#slots.take().then(async () => {
      const isLast = request.kind === 'finish';
      if (!this.ending && !isLast && this.segment.holds(request)) {
        this.#slots.give();
        // Another execution asks for it, unless the run is ended before.
        return this.scope.cancelRequested.catch(() => false);
      }
      if (!this.ending || isLast) return true;
      this.#slots.give();
      return false;
    });
    const outcome = started.then(async (began): Promise<Outcome> => {
      if (!began) return { kind: 'cancelled' };
      this.segment.began();
      try {
        return await this.#run(request);
      } finally {
        this.segment.ended();
        this.#slots.give();
      }
    });
    return { started, outcome };
  }

  /** What flows into who sees this, where an earlier execution has it: a content, or how large it is. */
  async load(sees: Scope): Promise<LoadedContent> {
    const { visible } = this.#encoder.encode(State.initial({}), sees);
    const { firstRun } = this.facts;
    const given: StepCall = {
      input: { value: null },
      ...visible,
      ...(firstRun !== undefined && { firstRun }),
      policy: QUESTION_POLICY,
      state: { value: {} },
    };
    this.#loads += 1;
    return scheduleActivity<LoadedContent>(Activities.load, [given], {
      activityId: `${Activities.load}#${String(this.#loads)}`,
      startToCloseTimeout: LOAD_TIMEOUT,
      retry: { initialInterval: 1_000, maximumInterval: 30_000 },
    });
  }

  async #run(request: Request): Promise<Outcome> {
    if (request.kind !== 'finish' && workflowInfo().historyLength > MAX_HISTORY_EVENTS) {
      this.#isFull = true;
      this.scope.cancel();
      return { kind: 'cancelled' };
    }
    if (request.kind === 'workflow') return this.scope.run(() => this.#runNested(request));
    const { type, policy, taskQueue, summary } = this.#about(request);
    const { call: whole, recorded } = encodeCall(request, policy, this.facts, this.#encoder);
    if (request.kind === 'question' && request.question.local) {
      const answer = await this.#askHere({ call: request.call, given: whole as StepCall });
      if (answer !== null) return answer;
    }
    const bytes = jsonBytes(whole);
    const fits = bytes <= MAX_PAYLOAD_BYTES;
    if (fits) recorded();
    const given: AnyCall | OversizedCall = fits ? whole : { oversized: bytes };
    const options: ActivityOptions = {
      activityId: request.call,
      startToCloseTimeout: policy.timeout + TIMEOUT_MARGIN,
      heartbeatTimeout: HEARTBEAT_TIMEOUT,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      // Attempts are counted, and waited for, by the activity itself: only it can tell an executor's failure from a
      // lost worker. What is left to the server is to begin again after a worker was lost.
      retry: { initialInterval: LOST_WORKER_DELAY, backoffCoefficient: 1 },
      ...(taskQueue !== null && { taskQueue }),
      ...(summary !== null && { summary }),
    };
    const schedule = (): Promise<CallResult> =>
      scheduleActivity<CallResult>(type, [given], options);
    try {
      // The run is over, perhaps by being cancelled: what is called then isn't.
      if (request.kind === 'finish')
        return succeeded(await CancellationScope.nonCancellable(schedule));
      return succeeded(await this.scope.run(schedule));
    } catch (error) {
      return failed(causeOf(error), this.ending);
    }
  }

  #runNested(request: WorkflowRequest): Promise<Outcome> {
    return runNested(request, this.facts, {
      ending: () => this.ending,
      load: () => this.load(request.sees),
      begun: (runId) => {
        this.details.nested(request.node.ref, runId);
      },
    });
  }

  /** `null`: it is to be asked by an activity that any worker may take. */
  async #askHere(question: LocalQuestion): Promise<Outcome | null> {
    try {
      return await this.#answers.pass(() => this.scope.run(() => askHere(question)));
    } catch {
      return this.ending ? { kind: 'cancelled' } : null;
    }
  }

  #about(request: CallRequest): About {
    const { workflow } = this.plan;
    switch (request.kind) {
      case 'step': {
        const { ref, policy, taskQueue } = request.node;
        const type = activityType(workflow.name, ref);
        const summary = this.#summary(request);
        return { type, policy: this.#policy(policy), taskQueue, summary };
      }
      case 'question': {
        const type = activityType(workflow.name, request.node.ref);
        const summary = this.#summary(request, 'question');
        return { type, policy: QUESTION_POLICY, taskQueue: null, summary };
      }
      case 'turn': {
        const { agent, policy, taskQueue } = request.node;
        const summary = this.#summary(request, `turn ${String(request.turn)}`);
        return { type: turnType(agent), policy: this.#policy(policy), taskQueue, summary };
      }
      case 'tool': {
        const { taskQueue } = request;
        const { agent } = request.node;
        const type = toolType(agent, request.request.name);
        const summary = brief(request.request.arguments);
        return { type, policy: this.#policy(request.policy), taskQueue, summary };
      }
      case 'finish': {
        const type = activityType(workflow.name, ON_FINISH);
        const summary = request.end.status;
        return { type, policy: this.#policy(request.policy), taskQueue: null, summary };
      }
    }
  }

  /** What is said of a call, and of which iteration or item it is. */
  #summary({ node, call }: Exclude<CallRequest, FinishRequest>, what?: string): string | null {
    const told = [what, this.#passes.textOf(node.ref, call)].filter(Boolean);
    return told.length === 0 ? null : told.join(', ');
  }

  #policy(index: number): Policy {
    const policy = this.plan.policies[index];
    if (policy === undefined) throw new RangeError(`The plan has no policy ${String(index)}.`);
    return policy;
  }
}

/** Milliseconds: it may read several histories. */
const LOAD_TIMEOUT = 60_000;

/** How a call stands in Temporal. */
interface About {
  readonly type: string;
  readonly policy: Policy;
  /** `null` for the run's own. */
  readonly taskQueue: string | null;
  /** Beside the type in the Web UI; `null` where that says it all. */
  readonly summary: string | null;
}

function causeOf(error: unknown): FailureLike {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (failure instanceof Error) return failure;
  throw error;
}
