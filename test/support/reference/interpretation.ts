import {
  nameOf,
  type GoldenEvent,
  type GoldenNode,
  type GoldenPrompt,
  type Json,
  type JsonObject,
  type WorkflowNode,
} from '../golden-case.js';
import type { Result } from './result.js';
import { View, type RunFacts } from './view.js';

/** One run under interpretation: what it is given, and what is told of it. */
export interface Interpretation {
  readonly workflow: WorkflowNode;
  readonly facts: RunFacts;
  readonly events: GoldenEvent[];
  readonly prompts: GoldenPrompt[];
  /** Calls of each function so far, by the path of its node. */
  readonly attempts: Map<string, number>;
  /** Runs a workflow that stands as a step: a run of its own. */
  readonly runNested: (workflow: WorkflowNode, input: Json) => NestedEnd;
}

interface NestedEnd {
  readonly content: Json;
  readonly error: string | null;
}

/** Where a node begins: what flows in, what it sees, the state. */
export interface Start {
  readonly flow: Json;
  readonly outputs: readonly Result[];
  readonly state: JsonObject;
}

/** How a node came out. Its result has an error where it failed the run; a skipped step's error doesn't count. */
export interface End {
  readonly result: Result;
  readonly state: JsonObject;
  /** What failed the run in it. */
  readonly failure: string | null;
}

export function viewOf({ flow, outputs, state }: Start, run: Interpretation): View {
  return new View(run.facts, flow, outputs, state);
}

export function tell(
  run: Interpretation,
  event: string,
  node: GoldenNode,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  run.events.push({ event, step_name: nameOf(node), ...facts });
}
