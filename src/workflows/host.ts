import {
  ActivityCancellationType,
  ActivityFailure,
  scheduleActivity,
  workflowInfo,
  type ActivityOptions,
  type CancellationScope,
} from '@temporalio/workflow';
import type { CallResult, OversizedCall, StepCall } from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import {
  HEARTBEAT_TIMEOUT,
  LOST_WORKER_DELAY,
  MAX_CALLS_IN_FLIGHT,
  MAX_HISTORY_EVENTS,
  MAX_PAYLOAD_BYTES,
  TIMEOUT_MARGIN,
} from '../plan/limits.js';
import type { Plan, Policy } from '../plan/plan.js';
import { activityType } from '../plan/reference.js';
import type { Call, Host, Outcome, StepRequest } from '../walk/host.js';
import { failed, succeeded, type FailureLike } from '../walk/outcome.js';
import { Encoder, type Encoded } from './encode.js';
import { Slots } from './slots.js';

/** What every call of a run is given. */
export interface RunFacts {
  readonly input: Json;
  readonly additionalData: JsonObject | undefined;
  readonly sessionId: string | undefined;
  readonly userId: string | undefined;
  /** The first Temporal run of the chain, where it isn't this one. */
  readonly firstRun: string | undefined;
}

/** The host that schedules: each call of the walk is an activity. */
export class TemporalHost implements Host {
  readonly #encoder = new Encoder();
  readonly #slots = new Slots(MAX_CALLS_IN_FLIGHT);
  #isFull = false;

  constructor(
    readonly plan: Plan,
    readonly facts: RunFacts,
    /** Calls run in it, and end when it is cancelled. */
    readonly scope: CancellationScope,
  ) {}

  get ending(): boolean {
    return this.scope.consideredCancelled;
  }

  /** The history has no room for a further call: the run was ended for it. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The record is history: nothing is written for the sake of events. */
  emit(): void {}

  step(request: StepRequest): Call {
    const started = this.#slots.take().then(() => {
      if (!this.ending) return true;
      this.#slots.give();
      return false;
    });
    const outcome = started.then(async (began): Promise<Outcome> => {
      if (!began) return { kind: 'cancelled' };
      try {
        return await this.#run(request);
      } finally {
        this.#slots.give();
      }
    });
    return { started, outcome };
  }

  async #run({ node, call, sees, state }: StepRequest): Promise<Outcome> {
    if (workflowInfo().historyLength > MAX_HISTORY_EVENTS) {
      this.#isFull = true;
      this.scope.cancel();
      return { kind: 'cancelled' };
    }
    const policy = this.plan.policies[node.policy];
    if (policy === undefined)
      throw new RangeError(`The plan has no policy ${String(node.policy)}.`);
    const encoded = this.#encoder.encode(sees, state);
    const whole = this.#given(policy, encoded);
    const bytes = jsonBytes(whole);
    const fits = bytes <= MAX_PAYLOAD_BYTES;
    if (fits) encoded.remember(call);
    const given: StepCall | OversizedCall = fits ? whole : { oversized: bytes };
    const type = activityType(this.plan.workflow.name, node.ref);
    const options: ActivityOptions = {
      activityId: call,
      startToCloseTimeout: policy.timeout + TIMEOUT_MARGIN,
      heartbeatTimeout: HEARTBEAT_TIMEOUT,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      // Attempts are counted, and waited for, by the activity itself: only it can tell an executor's failure from a
      // lost worker. What is left to the server is to begin again after a worker was lost.
      retry: { initialInterval: LOST_WORKER_DELAY, backoffCoefficient: 1 },
      ...(node.taskQueue !== null && { taskQueue: node.taskQueue }),
    };
    try {
      return succeeded(
        await this.scope.run(() => scheduleActivity<CallResult>(type, [given], options)),
      );
    } catch (error) {
      return failed(causeOf(error), this.ending);
    }
  }

  #given(policy: Policy, { sees, state }: Encoded): StepCall {
    const { input, additionalData, sessionId, userId, firstRun } = this.facts;
    return {
      input: this.#encoder.source(input, 'input'),
      ...(additionalData !== undefined && {
        additionalData: this.#encoder.source(additionalData, 'additionalData'),
      }),
      ...(sessionId !== undefined && { sessionId }),
      ...(userId !== undefined && { userId }),
      ...(firstRun !== undefined && { firstRun }),
      policy,
      ...(sees !== undefined && { sees }),
      state,
    };
  }
}

function causeOf(error: unknown): FailureLike {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (failure instanceof Error) return failure;
  throw error;
}
