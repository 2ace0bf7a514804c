import { ApplicationFailure, CancelledFailure, type Info } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { RunErrorCode } from '../plan/codes.js';
import type {
  CallFacts,
  HeartbeatDetails,
  OversizedCall,
  RunErrorData,
  Tally,
} from '../plan/contract.js';
import { MAX_LOST_WORKERS, MAX_PAYLOAD_BYTES, NOT_ON_WORKER_DELAY } from '../plan/limits.js';
import { ModelError } from '../plan/model-error.js';
import type { Policy } from '../plan/plan.js';
import { Draft, type Told } from './draft.js';
import { faultOf, sendable } from './fault.js';

const HEARTBEAT_INTERVAL = 1_000;
/** While a model writes: for what is new. */
const DRAFT_INTERVAL = 200;
/** The same where nothing is: a cancellation is to end its request within a second. */
const QUIET_DRAFT_INTERVAL = 400;
/** What the server does with an attempt that ends without having counted: begin again, soon. */
const AGAIN_SOON = 100;

/** What a record needs of the activity's context. */
export interface AttemptContext {
  readonly info: Pick<Info, 'attempt' | 'heartbeatDetails'>;
  heartbeat(details: HeartbeatDetails): void;
}

/** Keeps the server informed of an attempt until it is stopped. It is also how a cancellation arrives. */
export interface Heartbeats {
  readonly beat: () => void;
  /** What is told of a model's turn goes along with the beats, which are more then. */
  readonly tell: (told: Told) => void;
  readonly stop: () => void;
}

/**
 * One attempt of a call, as Temporal sees it. What earlier attempts came to travels in the heartbeat details, the one
 * thing that Temporal carries from attempt to attempt: so an executor's failures are told from workers that died.
 */
export class AttemptRecord {
  readonly #context: AttemptContext;
  readonly #tally: Tally;

  constructor(context: AttemptContext) {
    this.#context = context;
    const details = context.info.heartbeatDetails as HeartbeatDetails | undefined;
    // Not what the attempt before had written.
    this.#tally = { failed: details?.failed ?? 0, passed: details?.passed ?? 0 };
  }

  /** Earlier attempts of which nobody reported an end. */
  get lost(): number {
    return this.#context.info.attempt - 1 - this.#tally.failed - this.#tally.passed;
  }

  heartbeats(): Heartbeats {
    const draft = new Draft();
    let quick: NodeJS.Timeout | undefined;
    let [beatAt, isNew, hasStopped] = [0, false, false];
    const beat = (): void => {
      [beatAt, isNew] = [Date.now(), false];
      const partial = draft.isEmpty ? {} : { partial: draft.partial(this.#context.info.attempt) };
      this.#context.heartbeat({ ...this.#tally, ...partial });
    };
    const timer = setInterval(beat, HEARTBEAT_INTERVAL);
    return {
      beat,
      tell: (told) => {
        if (hasStopped) return;
        draft.add(told);
        isNew = true;
        quick ??= setInterval(() => {
          if (isNew || Date.now() - beatAt >= QUIET_DRAFT_INTERVAL) beat();
        }, DRAFT_INTERVAL);
      },
      stop: () => {
        hasStopped = true;
        clearInterval(timer);
        clearInterval(quick);
      },
    };
  }

  /** The failure of a step whose workers went away too often. */
  lostTooOften(name: string): ApplicationFailure | null {
    if (this.lost <= MAX_LOST_WORKERS) return null;
    const message = `${name}: its worker went away ${String(this.lost)} times while the step ran. Does it exhaust memory, block the event loop or end the process?`;
    return this.#final({ message, code: 'WORKER_LOST', type: null, attempts: this.#tally.failed });
  }

  /** The failure of a step that can't be given what it is to see. */
  oversized(name: string, { oversized: bytes }: OversizedCall): ApplicationFailure {
    const message = `${name}: what the step is to be given takes ${String(bytes)} bytes, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores. Let fewer or smaller outputs be visible to it, or keep less in the session state.`;
    return this.#final({ message, code: 'OUTPUT_TOO_LARGE', type: null, attempts: 0 });
  }

  /** The failure of an attempt that doesn't count, for which another worker is asked. */
  passed(
    message: string,
    code: RunErrorCode,
    delay: number = NOT_ON_WORKER_DELAY,
  ): ApplicationFailure {
    this.#context.heartbeat({ ...this.#tally, passed: this.#tally.passed + 1 });
    return ApplicationFailure.create({
      message,
      type: code,
      nextRetryDelay: delay,
      category: ApplicationFailureCategory.BENIGN,
    });
  }

  /** The worker that was asked doesn't have what is called. */
  notOnWorker(what: string, taskQueue: string): ApplicationFailure {
    return this.passed(
      `The worker on the queue '${taskQueue}' that was asked doesn't have ${what}. Start one that has it; after a rename give the old name in its \`aliases\`.`,
      'STEP_NOT_ON_WORKER',
    );
  }

  /** The attempt's worker is to stop: the step begins again elsewhere. */
  shutDown(name: string): ApplicationFailure {
    return this.passed(
      `${name}: its worker was shut down while it ran.`,
      'WORKER_SHUTDOWN',
      AGAIN_SOON,
    );
  }

  /** The server didn't answer when the step's inputs were fetched. That is not the executor's failure. */
  unreadable(name: string, cause: unknown): ApplicationFailure {
    return this.passed(
      `${name}: its inputs couldn't be read from the run's history: ${String(cause)}`,
      'HISTORY_UNREADABLE',
    );
  }

  cancelled(name: string): CancelledFailure {
    return new CancelledFailure(`${name} was cancelled.`);
  }

  /** What the executor's failure comes to: a further attempt, or the end of the step. */
  failed(name: string, error: unknown, { policy }: Pick<CallFacts, 'policy'>): ApplicationFailure {
    const failed = this.#tally.failed + 1;
    const { retry, ...fault } = faultOf(name, error);
    const facts = { ...fault, attempts: failed };
    if (!retry || failed > policy.maxRetries) return this.#final(facts, error);
    this.#context.heartbeat({ ...this.#tally, failed });
    // A provider that asks for no wait, or until a moment that is over, is left alone as long as any other.
    const asked = ModelError.is(error) ? (error.retryAfter ?? 0) : 0;
    return this.#failure(facts, error, {
      nextRetryDelay: Math.max(asked, delayAfter(failed, policy)),
    });
  }

  #final(facts: Omit<RunErrorData, 'step'>, cause?: unknown): ApplicationFailure {
    return this.#failure(facts, cause, { nonRetryable: true });
  }

  #failure(
    { message, code, type, attempts }: Omit<RunErrorData, 'step'>,
    cause: unknown,
    options: { nonRetryable?: boolean; nextRetryDelay?: number },
  ): ApplicationFailure {
    return ApplicationFailure.create({
      message,
      type: code,
      details: [{ type, attempts }],
      ...(cause instanceof Error && { cause: sendable(cause) }),
      ...options,
    });
  }
}

/** The wait after so many failed attempts. */
export function delayAfter(
  failed: number,
  { initialInterval, backoff, maxInterval }: Policy,
): number {
  return Math.max(1, Math.round(Math.min(initialInterval * backoff ** (failed - 1), maxInterval)));
}
