import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Carried } from '../plan/carried.js';
import type { PlanAnswer, PlanRequest, RunEnd, RunSettings } from '../plan/contract.js';
import type { Json, JsonObject } from '../plan/json.js';
import { WALK_VERSION, type Plan } from '../plan/plan.js';
import { Ledger } from '../walk/ledger.js';
import { startState } from '../walk/start.js';
import { resolvePlan } from './resolve-plan.js';
import { resumed } from './resume.js';
import { refused } from './run-end.js';
import { RunSession } from './run-session.js';
import { timerOf, type Timer } from './run-timer.js';

/** What a run has at hand when it begins to walk, or goes on. */
export interface Begun {
  readonly scope: CancellationScope;
  readonly timer: Timer | null;
  readonly session: RunSession | null;
  /** As its schema parsed it. */
  readonly input: Json;
  /** `null`: it was ended before. */
  readonly plan: Plan | null;
  /** Why there is nothing to walk; `null` where there is. */
  readonly unready: RunEnd | 'cancelled' | null;
  /** The session state that the run began with. */
  readonly state: JsonObject;
  readonly ledger: Ledger;
  readonly segment: number | undefined;
}

/** Asks for the plan, and for the turn in the session. */
export async function begin(input: Json, options: RunSettings): Promise<Begun> {
  const scope = new CancellationScope();
  const timer = timerOf(options, undefined, scope);
  const { sessionId } = options;
  const session = sessionId === undefined ? null : new RunSession(sessionId);
  const request: PlanRequest = { input, ...(sessionId !== undefined && { sessionId }) };
  const answer = await scope.run(() => resolvePlan(request)).catch(unlessCancelled);
  const about = { scope, timer, session, ledger: new Ledger() };
  if (answer === null)
    return { ...about, input, plan: null, unready: 'cancelled', state: {}, segment: undefined };
  if ('refused' in answer) {
    const plan = refusedPlan(answer);
    const unready = refused(answer.refused);
    const state = startState(plan, options, null);
    return { ...about, input, plan, unready, state, segment: undefined };
  }
  const { plan, segment } = answer;
  const entering = session === null ? null : scope.run(() => session.enter(plan, answer));
  const isReady = entering === null || (await entering.then(() => true, unlessCancelled)) === true;
  return {
    ...about,
    ...{ input: answer.input ?? input, plan, segment },
    unready: isReady ? null : 'cancelled',
    state: startState(plan, options, session?.loaded ?? null),
  };
}

/** Where another execution of the run was. */
export function goOn(input: Json, options: RunSettings, carried: Carried): Begun {
  const { plan, state, deadline, segment } = carried;
  const { sessionId } = options;
  const scope = new CancellationScope();
  const session =
    sessionId === undefined || carried.session === undefined
      ? null
      : RunSession.entered(sessionId, carried.session);
  const timer = timerOf(options, deadline, scope);
  const ledger = resumed(carried);
  return { scope, timer, session, input, plan, unready: null, state, ledger, segment };
}

/** A run whose input is refused walks nothing, but it does finish. */
function refusedPlan({ onFinish }: Extract<PlanAnswer, { readonly refused: string }>): Plan {
  const { workflowType } = workflowInfo();
  return {
    walk: WALK_VERSION,
    workflow: { id: workflowType, name: workflowType },
    sessionState: {},
    steps: [],
    ...(onFinish === undefined ? { policies: [] } : { policies: [onFinish], onFinish: 0 }),
  };
}

/** The run was ended before it had its plan. */
function unlessCancelled(error: unknown): null {
  if (!isCancellation(error)) throw error;
  return null;
}
