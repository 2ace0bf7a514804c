import type { Json } from '../plan/json.js';
import type { Metrics } from '../plan/metrics.js';
import type { StepResult } from '../plan/output.js';
import type { RunError } from './run.js';

/**
 * What happens in a run, told by `event`. The first is WorkflowStarted, unless the run ended before a worker had answered
 * for it; the last is exactly one of WorkflowCompleted, WorkflowError and WorkflowCancelled. JSON, but for `createdAt`. All but
 * RunContent and TeamRunContent are the same for every reader.
 */
export type RunEvent<Output = Json> =
  | WorkflowStartedEvent
  | StepStartedEvent
  | StepCompletedEvent
  | StepErrorEvent
  | StepsExecutionStartedEvent
  | StepsExecutionCompletedEvent
  | ParallelExecutionStartedEvent
  | ParallelExecutionCompletedEvent
  | ConditionExecutionStartedEvent
  | ConditionExecutionCompletedEvent
  | LoopExecutionStartedEvent
  | LoopIterationStartedEvent
  | LoopIterationCompletedEvent
  | LoopExecutionCompletedEvent
  | RouterExecutionStartedEvent
  | RouterExecutionCompletedEvent
  | ForEachExecutionStartedEvent
  | ForEachExecutionCompletedEvent
  | AgentRunStartedEvent
  | AgentRunContentEvent
  | ToolCallStartedEvent
  | ToolCallCompletedEvent
  | AgentRunCompletedEvent
  | WorkflowCompletedEvent<Output>
  | WorkflowErrorEvent
  | WorkflowCancelledEvent;

/** What all events of a run have. */
export interface AnyRunEvent {
  readonly runId: string;
  /** The definition's `id`. */
  readonly workflowId: string;
  /** The definition's `name`. */
  readonly workflowName: string;
  readonly sessionId: string | null;
  /**
   * Which event of the run it is, from 0: the same for every reader, whenever it reads. RunContent and TeamRunContent have that
   * of the event before them. So one more than the `offset` of any event is where to go on after it.
   */
  readonly offset: number;
  /** The server's time of what it tells. */
  readonly createdAt: Date;
}

/** What all events of a node have. */
export interface AnyStepEvent extends AnyRunEvent {
  readonly stepName: string;
  /** The names on the way to the node, joined by `/`. */
  readonly stepPath: string;
  /** Which pass of the innermost loop around the node this is, or which item of a ForEach, from 1; left out where there is none. */
  readonly iteration?: number;
}

/** A worker has answered for the run. */
export interface WorkflowStartedEvent extends AnyRunEvent {
  readonly event: 'WorkflowStarted';
  /** As its steps see it. */
  readonly input: Json;
}

/** A step is on its way to a worker. Its retries aren't told. */
export interface StepStartedEvent extends AnyStepEvent {
  readonly event: 'StepStarted';
}

/** A step has given its result. */
export interface StepCompletedEvent extends AnyStepEvent {
  readonly event: 'StepCompleted';
  readonly result: StepResult;
}

/** A step has failed for good. */
export interface StepErrorEvent extends AnyStepEvent {
  readonly event: 'StepError';
  readonly error: string;
  /** The run goes on without it: its `onError` is `'skip'`. */
  readonly skipped: boolean;
}

/** A Steps begins. */
export interface StepsExecutionStartedEvent extends AnyStepEvent {
  readonly event: 'StepsExecutionStarted';
  readonly stepCount: number;
}

/** A Steps has come to its end. */
export interface StepsExecutionCompletedEvent extends AnyStepEvent {
  readonly event: 'StepsExecutionCompleted';
  readonly result: StepResult;
}

/** A Parallel begins. Of what happens in it only each branch's own order is certain. */
export interface ParallelExecutionStartedEvent extends AnyStepEvent {
  readonly event: 'ParallelExecutionStarted';
  readonly parallelStepCount: number;
}

/** All branches of a Parallel have ended. */
export interface ParallelExecutionCompletedEvent extends AnyStepEvent {
  readonly event: 'ParallelExecutionCompleted';
  readonly result: StepResult;
}

/** A Condition's evaluator has answered. */
export interface ConditionExecutionStartedEvent extends AnyStepEvent {
  readonly event: 'ConditionExecutionStarted';
  readonly conditionResult: boolean;
}

/** A Condition has come to its end. */
export interface ConditionExecutionCompletedEvent extends AnyStepEvent {
  readonly event: 'ConditionExecutionCompleted';
  readonly conditionResult: boolean;
  readonly result: StepResult;
}

/** A Loop begins. */
export interface LoopExecutionStartedEvent extends AnyStepEvent {
  readonly event: 'LoopExecutionStarted';
  readonly maxIterations: number;
}

/** A Loop begins an iteration. */
export interface LoopIterationStartedEvent extends AnyStepEvent {
  readonly event: 'LoopIterationStarted';
  /** Of this Loop, from 1. */
  readonly iteration: number;
  readonly maxIterations: number;
}

/** An iteration of a Loop has ended, and its end condition has answered. */
export interface LoopIterationCompletedEvent extends AnyStepEvent {
  readonly event: 'LoopIterationCompleted';
  /** Of this Loop, from 1. */
  readonly iteration: number;
  readonly maxIterations: number;
  /** A further iteration follows. */
  readonly shouldContinue: boolean;
}

/** A Loop has come to its end. */
export interface LoopExecutionCompletedEvent extends AnyStepEvent {
  readonly event: 'LoopExecutionCompleted';
  readonly totalIterations: number;
  readonly result: StepResult;
}

/** A Router's selector has answered. */
export interface RouterExecutionStartedEvent extends AnyStepEvent {
  readonly event: 'RouterExecutionStarted';
  /** Names. */
  readonly selectedSteps: readonly string[];
}

/** A Router has come to its end. */
export interface RouterExecutionCompletedEvent extends AnyStepEvent {
  readonly event: 'RouterExecutionCompleted';
  /** Names. */
  readonly selectedSteps: readonly string[];
  readonly result: StepResult;
}

/** A ForEach has its items. */
export interface ForEachExecutionStartedEvent extends AnyStepEvent {
  readonly event: 'ForEachExecutionStarted';
  readonly itemCount: number;
}

/** A ForEach has come to its end. */
export interface ForEachExecutionCompletedEvent extends AnyStepEvent {
  readonly event: 'ForEachExecutionCompleted';
  readonly itemCount: number;
  readonly result: StepResult;
}

/** A step's agent begins. */
export interface AgentRunStartedEvent extends AnyStepEvent {
  readonly event: 'RunStarted' | 'TeamRunStarted';
  /** The agent's name. */
  readonly agent: string;
}

/**
 * A piece of what an agent's model is writing. It passes: only who reads at that time is given it, in pieces of its own, and
 * whoever comes later has RunCompleted, which holds the whole. The pieces of a turn are to be joined: to a reader that is there
 * from its beginning they give its text, whatever the piece is cut at. With another `attempt`, or another `model`, the text begins
 * anew, at `position` 0: what was given of the one before is void.
 */
export interface AgentRunContentEvent extends AnyStepEvent {
  readonly event: 'RunContent' | 'TeamRunContent';
  readonly agent: string;
  /** The turn of the model, from 1. */
  readonly turn: number;
  /** Which start of the turn writes, from 1. */
  readonly attempt: number;
  /** Which of the models of a `fallback` writes, as `'openai/gpt-5-mini'`; `null` where the agent has only one. */
  readonly model: string | null;
  /** How much of the turn's text comes before `content`, as `length` counts it. The first piece begins beyond 0 for who came late. */
  readonly position: number;
  /** The next of its text; `''` where it only thinks, or asks for tools. */
  readonly content: string;
  /** The next of what it thinks, where its provider tells; of much at once a part may be missing. */
  readonly reasoning: string;
  /** Tools that it begins to ask for. ToolCallStarted has their arguments, once the turn has ended. */
  readonly tools: readonly string[];
}

/** A tool that an agent's model asked for is on its way to a worker. */
export interface ToolCallStartedEvent extends AnyStepEvent {
  readonly event: 'ToolCallStarted';
  readonly agent: string;
  /** The turn of the model that asked for it, from 1. */
  readonly turn: number;
  readonly tool: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
}

/** A tool has ended, well or not: a failure is the model's to deal with. */
export interface ToolCallCompletedEvent extends AnyStepEvent {
  readonly event: 'ToolCallCompleted';
  readonly agent: string;
  readonly turn: number;
  readonly tool: string;
  /** What the model is told; `null` where the tool failed. */
  readonly content: Json;
  /** Why it failed; `null` where it didn't. */
  readonly error: string | null;
}

/** A step's agent has answered. */
export interface AgentRunCompletedEvent extends AnyStepEvent {
  readonly event: 'RunCompleted' | 'TeamRunCompleted';
  readonly agent: string;
  /** Turns that it took. */
  readonly turns: number;
  /** Which of the models of a `fallback` gave the answer, as `'openai/gpt-5-mini'`; `null` where the agent has only one. */
  readonly model: string | null;
  readonly content: Json;
  /** What the answer took, of a team with what its members' took. */
  readonly metrics: Metrics;
}

/** The run has come to its end. */
export interface WorkflowCompletedEvent<Output = Json> extends AnyRunEvent {
  readonly event: 'WorkflowCompleted';
  /** What flowed out of its last node. */
  readonly content: Output;
  /** What its agents took, added up; `null` where no model has answered. */
  readonly metrics: Metrics | null;
}

/** The run has failed. */
export interface WorkflowErrorEvent extends AnyRunEvent {
  readonly event: 'WorkflowError';
  readonly error: RunError;
  /** What its agents took, added up; `null` where no model has answered. */
  readonly metrics: Metrics | null;
}

/** Somebody has ended the run. What was under way then has no event of its own end. */
export interface WorkflowCancelledEvent extends AnyRunEvent {
  readonly event: 'WorkflowCancelled';
  /** What its agents took until then, added up; `null` where no model has answered. */
  readonly metrics: Metrics | null;
}
