import type { JsonObject } from './json.js';
import { QUESTION_TIMEOUT } from './limits.js';
import type { Reference } from './reference.js';

/** The version of the walk that a plan is for. A reader that doesn't know it can't tell what a history means. */
export const WALK_VERSION = 1;

/**
 * A compiled definition: what a run executes. The worker gives it once, at the run's start, and history keeps it: a
 * run in flight keeps the structure and the policies that it started with.
 */
export interface Plan {
  readonly walk: number;
  readonly workflow: { readonly id: string; readonly name: string };
  /** The session state that a new session starts from. */
  readonly sessionState: JsonObject;
  /** Policies by index, because most steps share one and every run's history holds its plan. */
  readonly policies: readonly Policy[];
  readonly steps: readonly PlanNode[];
  /** The policy of what is called when the run is over; left out where nothing is. */
  readonly onFinish?: number;
  /** Runs of a session wait for each other; left out where they may overlap. */
  readonly sessionConcurrency?: 'queue';
  /** Earlier runs of the session that nodes may ask for; left out for all of them. */
  readonly historyRuns?: number;
}

export type PlanNode =
  | StepNode
  | AgentNode
  | WorkflowNode
  | StepsNode
  | ParallelNode
  | ConditionNode
  | LoopNode
  | RouterNode
  | ForEachNode;

/** A step whose work is a function in the worker's registry. */
export interface StepNode {
  readonly kind: 'step';
  readonly ref: Reference;
  readonly name: string;
  /** Index into {@link Plan.policies}. */
  readonly policy: number;
  readonly onError: 'fail' | 'skip';
  /** The queue whose workers have the function; `null` for the run's own. */
  readonly taskQueue: string | null;
}

/** A step whose work is an agent: a loop of a model's turns and the tool calls that they ask for. */
export interface AgentNode {
  readonly kind: 'agent';
  readonly ref: Reference;
  readonly name: string;
  /** The agent's name, by which its activities are called. */
  readonly agent: string;
  /** Of each turn. */
  readonly policy: number;
  readonly onError: 'fail' | 'skip';
  readonly taskQueue: string | null;
  readonly maxTurns: number;
  /** Calls of tools that it may ask for, over all turns; left out where there is no limit. */
  readonly toolCallLimit?: number;
  /** Left out where there is none. */
  readonly budget?: Budget;
  /** Earlier runs of the session that its model is told of; left out where it is told of none. */
  readonly historyRuns?: number;
  readonly tools: readonly ToolPlan[];
  /** Left out of an agent that asks no others. */
  readonly team?: TeamPlan;
}

/** Whether it leads a team; who only hands over doesn't. */
export function isLeader({ team }: AgentNode): boolean {
  return team !== undefined && team.mode !== 'handoff';
}

/** What an agent may take, with those that it asks. What isn't limited is left out. */
export interface Budget {
  /** Of input and output together, over all turns. */
  readonly tokens?: number;
  /** USD. */
  readonly cost?: number;
  /** Milliseconds of work. */
  readonly duration?: number;
  /** Left out to fail when it is spent: with it the model answers in one more turn, without tools. */
  readonly finish?: true;
}

/** What an agent may call. */
export interface ToolPlan {
  readonly name: string;
  readonly policy: number;
  /** A failure fails the step; left out where the model is told of it. */
  readonly onError?: 'fail';
  /** Left out for the agent's own. */
  readonly taskQueue?: string;
}

/** Whom an agent leads, or hands its task over to. */
export interface TeamPlan {
  readonly mode: TeamMode | 'handoff';
  /** The name of the tool by which it asks them. */
  readonly tool: string;
  /** Each stands at its own reference below the leader's. */
  readonly members: readonly AgentNode[];
}

/**
 * Whom a leader asks: the member that it picks for a task, as often as it likes; the one whose answer is the team's; or
 * all of them at once.
 */
export type TeamMode = 'coordinate' | 'route' | 'collaborate';

/** A step whose work is a run of another workflow. */
export interface WorkflowNode {
  readonly kind: 'workflow';
  readonly ref: Reference;
  readonly name: string;
  readonly workflow: { readonly id: string; readonly name: string };
  readonly onError: 'fail' | 'skip';
  /** `null` for the run's own. */
  readonly taskQueue: string | null;
}

export interface StepsNode {
  readonly kind: 'steps';
  readonly ref: Reference;
  readonly name: string;
  readonly steps: readonly PlanNode[];
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly ref: Reference;
  readonly name: string;
  /** Branches under way at once; `null` for all. */
  readonly maxConcurrency: number | null;
  readonly steps: readonly PlanNode[];
}

/** What a node asks a function of the user's. `local`: of the worker that has the run's task, before any other. */
export interface Question {
  readonly local: boolean;
}

export interface ConditionNode {
  readonly kind: 'condition';
  readonly ref: Reference;
  readonly name: string;
  /** A question, or its answer. */
  readonly evaluator: Question | boolean;
  /** What is done where the answer is yes, then what is done where it is no. */
  readonly steps: readonly PlanNode[];
  /** Index into `steps`: where the latter begins. */
  readonly otherwise: number;
}

export interface LoopNode {
  readonly kind: 'loop';
  readonly ref: Reference;
  readonly name: string;
  readonly maxIterations: number;
  /** `null`: it ends after `maxIterations`. */
  readonly endCondition: Question | null;
  /** Each iteration starts from what flowed out of the one before. */
  readonly forward: boolean;
  readonly steps: readonly PlanNode[];
}

export interface RouterNode {
  readonly kind: 'router';
  readonly ref: Reference;
  readonly name: string;
  readonly selector: Question;
  /** Its choices. */
  readonly steps: readonly PlanNode[];
}

export interface ForEachNode {
  readonly kind: 'forEach';
  readonly ref: Reference;
  readonly name: string;
  /** A question, or the name of the output whose content they are. */
  readonly items: Question | string;
  readonly maxConcurrency: number;
  /** The one node that is run for each item. */
  readonly steps: readonly [PlanNode];
}

/**
 * How often and how long a step is tried. All times in milliseconds.
 */
export interface Policy {
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly initialInterval: number;
  readonly backoff: number;
  readonly maxInterval: number;
  /** For each attempt. */
  readonly timeout: number;
}

/** Of questions: what is asked is asked once, whatever comes of it. */
export const QUESTION_POLICY: Policy = {
  maxRetries: 0,
  initialInterval: 1_000,
  backoff: 1,
  maxInterval: 1_000,
  timeout: QUESTION_TIMEOUT,
};
