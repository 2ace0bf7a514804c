import type { CallResult, RunEnd, RunErrorData } from '../plan/contract.js';
import type { ToolRequest } from '../plan/model.js';
import type { AgentNode, PlanNode, Question, StepNode, WorkflowNode } from '../plan/plan.js';
import type { CallId, Pass } from '../plan/reference.js';
import type { WalkEvent } from './event.js';
import type { Scope } from './scope.js';
import type { State } from './state.js';

/**
 * The outside of a walk. One walk has several hosts: on Temporal calls are scheduled, for a reader a history answers
 * them, in memory they are made on the spot.
 */
export interface Host {
  /** The run is to end: nothing further is started. */
  readonly ending: boolean;
  /** Asks for one call. Neither promise of it ever rejects. */
  call(request: Request): Call;
  /** Told what happens, as it happens. */
  emit(event: WalkEvent): void;
}

/** What a walk asks for. */
export type Request =
  StepRequest | WorkflowRequest | QuestionRequest | TurnRequest | ToolCallRequest | FinishRequest;

interface AnyRequest {
  readonly call: CallId;
  /** The session state that the call begins with. */
  readonly state: State;
}

/** A step's function. */
export interface StepRequest extends AnyRequest {
  readonly kind: 'step';
  readonly node: StepNode;
  readonly sees: Scope;
}

/** A run of another workflow, which is given what flows in, or the run's input where that is empty. */
export interface WorkflowRequest extends AnyRequest {
  readonly kind: 'workflow';
  readonly node: WorkflowNode;
  readonly sees: Scope;
}

/** A function of the user's by which a node decides. */
interface QuestionRequest extends AnyRequest {
  readonly kind: 'question';
  readonly node: Pick<PlanNode, 'ref' | 'name'>;
  readonly question: Question;
  readonly sees: Scope;
  /** Of an end condition: how many of the visible outputs are the iteration's. */
  readonly iteration?: number;
}

/** A turn of an agent's model. */
export interface TurnRequest extends AnyRequest {
  readonly kind: 'turn';
  readonly node: AgentNode;
  readonly sees: Scope;
  /** The pass that events tell of it: that of the step. */
  readonly around: Pass;
  readonly turn: number;
  /** The turn before, and what became of the tools that it asked for; `null` for the first. */
  readonly after: { readonly call: CallId; readonly outcomes: readonly ToolEnd[] } | null;
  /** Of whom another agent asks: what it is asked, in place of what flows in; `null` elsewhere. */
  readonly task: Task | null;
  /** The agent's budget is spent: it is to answer, without tools. */
  readonly isLast: boolean;
}

/** What one agent asks of another. */
export interface Task {
  readonly text: string;
  /** The turn that asks. */
  readonly by: CallId;
  /** The other takes the whole over: it is told what was said so far. */
  readonly isWhole: boolean;
}

/** What became of a tool that a turn asked for. */
export type ToolEnd =
  | { readonly kind: 'result'; readonly call: CallId; readonly result: CallResult }
  /** `message` is what the model is told. */
  | { readonly kind: 'failed'; readonly message: string }
  /** All members of a team were asked. */
  | { readonly kind: 'members'; readonly members: readonly MemberEnd[] };

export interface MemberEnd {
  readonly name: string;
  readonly end: Exclude<ToolEnd, { readonly kind: 'members' }>;
}

/** A tool that an agent's turn asks for. */
interface ToolCallRequest extends AnyRequest {
  readonly kind: 'tool';
  readonly node: AgentNode;
  /** Index into `Plan.policies`. */
  readonly policy: number;
  /** `null` for the run's own. */
  readonly taskQueue: string | null;
  readonly request: ToolRequest;
  /** Where the request stands: a turn, and which of its requests it is, from 1. */
  readonly asked: { readonly turn: CallId; readonly index: number };
}

/** What is called when the run is over. */
export interface FinishRequest extends AnyRequest {
  readonly kind: 'finish';
  /** Index into `Plan.policies`. */
  readonly policy: number;
  readonly sees: Scope;
  readonly end: Omit<RunEnd, 'content'>;
}

export interface Call {
  /** The call is on its way; `false`: the run ended before. */
  readonly started: Promise<boolean>;
  readonly outcome: Promise<Outcome>;
}

export type Outcome =
  | { readonly kind: 'result'; readonly result: CallResult }
  /** `run`: the `runId` of the nested run that failed. */
  | { readonly kind: 'failed'; readonly error: Omit<RunErrorData, 'step'>; readonly run?: string }
  | { readonly kind: 'cancelled' };
