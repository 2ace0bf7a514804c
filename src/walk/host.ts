import type { CallResult, RunErrorData } from '../plan/contract.js';
import type { StepNode } from '../plan/plan.js';
import type { CallId, Pass } from '../plan/reference.js';
import type { Scope } from './scope.js';
import type { State } from './state.js';

/**
 * The outside of a walk. One walk has several hosts: on Temporal calls are scheduled, for a reader a history answers
 * them, in memory they are made on the spot.
 */
export interface Host {
  /** The run is to end: nothing further is started. */
  readonly ending: boolean;
  /** Asks for one call of a step. Neither promise of it ever rejects. */
  step(request: StepRequest): Call;
  /** Told what happens, as it happens. */
  emit(event: WalkEvent): void;
}

export interface StepRequest {
  readonly node: StepNode;
  readonly pass: Pass;
  readonly call: CallId;
  readonly sees: Scope;
  readonly state: State;
}

export interface Call {
  /** The call is on its way; `false`: the run ended before. */
  readonly started: Promise<boolean>;
  readonly outcome: Promise<Outcome>;
}

export type Outcome =
  | { readonly kind: 'result'; readonly result: CallResult }
  | { readonly kind: 'failed'; readonly error: Omit<RunErrorData, 'step'> }
  | { readonly kind: 'cancelled' };

/** What happens in a walk, by Agno's names. Beginning and end of the run itself are its host's to tell. */
export interface WalkEvent {
  readonly event: WalkEventName;
  readonly stepName: string;
  readonly stepPath: string;
  readonly pass: Pass;
}

export type WalkEventName =
  | 'StepStarted'
  | 'StepCompleted'
  | 'StepError'
  | 'StepsExecutionStarted'
  | 'StepsExecutionCompleted'
  | 'ParallelExecutionStarted'
  | 'ParallelExecutionCompleted';
