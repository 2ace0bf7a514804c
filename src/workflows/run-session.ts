import {
  CancellationScope,
  condition,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  Activities,
  Signals,
  type LoadedSession,
  type LoadRequest,
  type PlanAnswer,
  type RunEnd,
  type RunErrorData,
  type TellRequest,
} from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { MAX_SESSION_STATE_BYTES } from '../plan/limits.js';
import type { CarriedSession } from '../plan/carried.js';
import { someMetrics, type Metrics } from '../plan/metrics.js';
import type { Plan } from '../plan/plan.js';
import { fits, recorded, type SessionSignal } from '../plan/session.js';
import { deletedBy, diff } from '../plan/state-patch.js';
import { foundState } from '../walk/start.js';
import { hereOrAnywhere } from './here-or-anywhere.js';

const load: (request: LoadRequest) => Promise<LoadedSession> = hereOrAnywhere<LoadedSession>(
  Activities.loadSession,
);

/** Its failures are the server's: one that refuses for minutes refuses for good. */
const { [Activities.tellSession]: tell } = proxyActivities<{
  [Activities.tellSession](request: TellRequest): Promise<void>;
}>({
  startToCloseTimeout: 5_000,
  retry: { initialInterval: 1_000, maximumInterval: 30_000, maximumAttempts: 20 },
});

/** Milliseconds until a run that waits asks for its turn again, doubled each time: its session may have been deleted. */
const ASK_AGAIN = 60_000;
const ASK_AGAIN_AT_MOST = 600_000;

/** What a run comes to, for its session. */
interface Walked {
  readonly plan: Plan;
  readonly state: JsonObject;
  /** What its agents took. */
  readonly metrics: Metrics;
}

/** A run's part in its session: what it finds there, and what it leaves. */
export class RunSession {
  #loaded: LoadedSession | null = null;
  #queues = false;

  constructor(readonly sessionId: string) {}

  /** Goes on where another execution of the run was. */
  static entered(sessionId: string, { queues, loaded }: CarriedSession): RunSession {
    const session = new RunSession(sessionId);
    session.#loaded = loaded;
    session.#queues = queues;
    return session;
  }

  /** For another execution of the run. */
  carried(): CarriedSession {
    return { queues: this.#queues, loaded: this.#loaded };
  }

  /** `null` before it has entered. */
  get loaded(): LoadedSession | null {
    return this.#loaded;
  }

  /** What was found with the plan; where runs of the session wait for each other, what is found once it is this one's turn. */
  async enter(
    plan: Plan,
    { session }: Extract<PlanAnswer, { readonly plan: Plan }>,
  ): Promise<void> {
    if (plan.sessionConcurrency === 'queue') {
      await this.#turn();
      const { historyRuns } = plan;
      const request = {
        sessionId: this.sessionId,
        ...(historyRuns !== undefined && { historyRuns }),
      };
      this.#loaded = await load(request);
    } else {
      this.#loaded = session ?? null;
    }
  }

  /** What the run comes to when its session can't take its state: it is known before anybody is told how the run ended. */
  checked(end: RunEnd, state: JsonObject): RunEnd {
    if (end.status !== 'completed' || fits(state)) return end;
    const message = `The run leaves a session state of ${String(jsonBytes(state))} bytes, more than the ${String(MAX_SESSION_STATE_BYTES)} that a session keeps. Keep what is large elsewhere, and its address in the state.`;
    return failedBy('SESSION_STATE_TOO_LARGE', message);
  }

  /** Tells the session of the run, and what it changed of the state; `null` where it never got to have one. */
  async store(
    input: Json,
    { status, content }: RunEnd,
    walked: Walked | null,
  ): Promise<RunErrorData | null> {
    const { workflowId, runId, workflowType, startTime } = workflowInfo();
    const metrics = walked && someMetrics(walked.metrics);
    const at = new Date().toISOString();
    const signal: SessionSignal = {
      kind: 'store',
      at,
      run: {
        runId: workflowId,
        execution: runId,
        workflowName: workflowType,
        ...recorded(input, content),
        status,
        createdAt: startTime.toISOString(),
        finishedAt: at,
        ...(walked !== null && !fits(walked.state) && { isStateDropped: true }),
      },
      ...this.#changes(walked),
      ...(metrics !== null && { metrics }),
      ...(this.#queues && { turn: turnOf() }),
    };
    try {
      await CancellationScope.nonCancellable(() => tell({ sessionId: this.sessionId, signal }));
      return null;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const message = `The run's session couldn't be told of it: ${String(cause)}`;
      return failedBy('SESSION_NOT_STORED', message).error;
    }
  }

  #changes(
    walked: Walked | null,
  ): Pick<Extract<SessionSignal, { kind: 'store' }>, 'initial' | 'patch' | 'deleted'> {
    if (walked === null || this.#loaded === null || !fits(walked.state)) return {};
    const { plan, state } = walked;
    const found = foundState(plan, this.#loaded);
    const patch = diff(found, state);
    const deleted = patch && deletedBy(patch, found);
    return {
      ...(this.#loaded.state === null && { initial: plan.sessionState }),
      ...(patch !== null && { patch }),
      ...(deleted !== null && { deleted }),
    };
  }

  async #turn(): Promise<void> {
    const { workflowId, startTime } = workflowInfo();
    const turn = turnOf();
    const given = new Set<string>();
    setHandler(defineSignal<[string]>(Signals.turn), (whose) => {
      given.add(whose);
    });
    this.#queues = true;
    setCurrentDetails('It waits for its turn in the session.');
    const signal: SessionSignal = {
      kind: 'enqueue',
      ...{ turn, runId: workflowId, startedAt: startTime.getTime() },
    };
    for (let wait = ASK_AGAIN; !given.has(turn); wait = Math.min(2 * wait, ASK_AGAIN_AT_MOST)) {
      await tell({ sessionId: this.sessionId, signal });
      await condition(() => given.has(turn), wait);
    }
  }
}

/** By it a session knows a run, also when that goes on in another execution. */
function turnOf(): string {
  return workflowInfo().firstExecutionRunId;
}

function failedBy(code: 'SESSION_STATE_TOO_LARGE' | 'SESSION_NOT_STORED', message: string) {
  const error: RunErrorData = { message, code, step: null, type: null, attempts: null };
  return { status: 'failed', content: null, error } as const;
}
