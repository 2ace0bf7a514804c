import type { Json } from '../plan/json.js';
import type { Metrics } from '../plan/metrics.js';
import type { StepResult } from '../plan/output.js';
import type { Pass, Reference } from '../plan/reference.js';

/** What happens in a walk, by Agno's names. Beginning and end of the run itself are its host's to tell. */
export type WalkEvent = EventPlace & EventFacts;

/** Where in the definition something happens. */
interface EventPlace {
  readonly stepName: string;
  /** The names on the way to the node, joined by `/`. */
  readonly stepPath: Reference;
  readonly pass: Pass;
}

export type WalkEventName = EventFacts['event'];

/** What happened, and what there is to tell of it. */
export type EventFacts =
  | { readonly event: 'StepStarted' }
  | { readonly event: 'StepCompleted'; readonly result: StepResult }
  /** `skipped`: the run goes on without the step. */
  | { readonly event: 'StepError'; readonly error: string; readonly skipped: boolean }
  | { readonly event: 'StepsExecutionStarted'; readonly stepCount: number }
  | { readonly event: 'StepsExecutionCompleted'; readonly result: StepResult }
  | { readonly event: 'ParallelExecutionStarted'; readonly parallelStepCount: number }
  | { readonly event: 'ParallelExecutionCompleted'; readonly result: StepResult }
  | { readonly event: 'ConditionExecutionStarted'; readonly conditionResult: boolean }
  | {
      readonly event: 'ConditionExecutionCompleted';
      readonly conditionResult: boolean;
      readonly result: StepResult;
    }
  | { readonly event: 'LoopExecutionStarted'; readonly maxIterations: number }
  | {
      readonly event: 'LoopIterationStarted';
      readonly iteration: number;
      readonly maxIterations: number;
    }
  | {
      readonly event: 'LoopIterationCompleted';
      readonly iteration: number;
      readonly maxIterations: number;
      /** A further iteration follows. */
      readonly shouldContinue: boolean;
    }
  | {
      readonly event: 'LoopExecutionCompleted';
      readonly totalIterations: number;
      readonly result: StepResult;
    }
  | { readonly event: 'RouterExecutionStarted'; readonly selectedSteps: readonly string[] }
  | {
      readonly event: 'RouterExecutionCompleted';
      readonly selectedSteps: readonly string[];
      readonly result: StepResult;
    }
  | { readonly event: 'ForEachExecutionStarted'; readonly itemCount: number }
  | {
      readonly event: 'ForEachExecutionCompleted';
      readonly itemCount: number;
      readonly result: StepResult;
    }
  /** An agent's, between its step's; with `Team` that of a team's leader. */
  | { readonly event: 'RunStarted' | 'TeamRunStarted'; readonly agent: string }
  | {
      readonly event: 'ToolCallStarted';
      readonly agent: string;
      readonly turn: number;
      readonly tool: string;
      /** JSON, as the model wrote it. */
      readonly arguments: string;
    }
  | {
      readonly event: 'ToolCallCompleted';
      readonly agent: string;
      readonly turn: number;
      readonly tool: string;
      /** What the model is told; `null` where the tool failed. */
      readonly content: Json;
      /** Why it failed; `null` where it didn't. */
      readonly error: string | null;
    }
  | {
      readonly event: 'RunCompleted' | 'TeamRunCompleted';
      readonly agent: string;
      readonly turns: number;
      /** Which of the agent's models answered, as `PROVIDER/ID`; `null` where it has only one. */
      readonly model: string | null;
      readonly content: Json;
      readonly metrics: Metrics;
    };
