import type { JsonObject } from './json.js';
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

export type PlanNode = StepNode | AgentNode | StepsNode | ParallelNode;

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
  /** Earlier runs of the session that its model is told of; left out where it is told of none. */
  readonly historyRuns?: number;
  readonly tools: readonly { readonly name: string; readonly policy: number }[];
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
