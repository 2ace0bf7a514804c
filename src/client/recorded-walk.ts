import { CONTENT_TOO_LARGE, type LoadedSession, type RunSettings } from '../plan/contract.js';
import { isJsonObject, type Json } from '../plan/json.js';
import { someMetrics, type Metrics } from '../plan/metrics.js';
import type { StepResult } from '../plan/output.js';
import { WALK_VERSION, type Plan } from '../plan/plan.js';
import { lastName, referenceOf, type CallId } from '../plan/reference.js';
import { CANCELLED, failedResult, resultOf } from '../plan/result.js';
import type { Outcome } from '../walk/host.js';
import { startState } from '../walk/start.js';
import { walk, type WalkEnd, type Walking } from '../walk/walk.js';
import type { RecordedHost } from './recorded-host.js';

/** The walk of a run that is read: it begins when the history has what that takes. */
export class RecordedWalk {
  /** What calls gave, for plans that can't be followed. */
  readonly #given = new Map<CallId, StepResult>();
  #plan: Plan | null = null;
  #walking: Walking | null = null;
  #end: WalkEnd | null = null;
  #isTooNew = false;

  constructor(readonly host: RecordedHost) {}

  /** `null` until a worker has answered. */
  get plan(): Plan | null {
    return this.#plan;
  }

  /** The plan is of a newer version, which can't be followed. */
  get isTooNew(): boolean {
    return this.#isTooNew;
  }

  /** `null` where no model has answered. */
  get metrics(): Metrics | null {
    return this.#walking && someMetrics(this.#walking.metrics());
  }

  /** A run of a queue begins when it has its session. */
  planned(plan: Plan, settings: RunSettings, session: LoadedSession | null): void {
    this.#plan = plan;
    const waits = plan.sessionConcurrency === 'queue' && settings.sessionId !== undefined;
    if (!waits) this.begin(plan, settings, session);
  }

  begin(plan: Plan, settings: RunSettings, session: LoadedSession | null): void {
    this.#isTooNew = plan.walk !== WALK_VERSION;
    if (this.#isTooNew) return;
    this.#walking = walk(plan, startState(plan, settings, session), this.host);
    this.#walking.end.then(
      (end) => {
        this.#end = end;
      },
      () => {
        // It has a node of a kind that this version doesn't know.
        this.#walking = null;
        this.#isTooNew = true;
      },
    );
  }

  settled(call: CallId, outcome: Outcome): void {
    this.host.settled(call, outcome);
    this.#given.set(call, alone(call, outcome));
  }

  /** What its nodes gave so far. */
  results(isClosed: boolean): readonly StepResult[] {
    // A plan of a newer walk can't be followed: what its calls gave stands without their containers.
    if (this.#walking === null) return [...this.#given.values()];
    return this.#walking.results(isClosed ? CANCELLED : undefined);
  }

  /** A content that is too large for a workflow's result follows from the calls that gave its parts. */
  content(result: Json): Json {
    const isNote = isJsonObject(result) && CONTENT_TOO_LARGE in result;
    return isNote && this.#end?.kind === 'completed' ? this.#end.content : result;
  }
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
