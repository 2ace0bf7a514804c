import type { CallResult, LoadedSession, RunErrorData, SomeMedia } from './contract.js';
import type { Json, JsonObject } from './json.js';
import type { Metrics } from './metrics.js';
import type { ContainerType } from './output.js';
import type { Plan } from './plan.js';
import type { CallId } from './reference.js';
import type { StatePatch } from './state-patch.js';

/**
 * What a run that goes on in another Temporal execution takes along, as the third argument of its workflow: its history
 * begins anew. Recorded in histories.
 */
export interface Carried {
  readonly plan: Plan;
  /** The session state that the run began with. */
  readonly state: JsonObject;
  /** Left out where the run has none. */
  readonly session?: CarriedSession;
  /** When the run's time is up, in milliseconds since 1970; left out where it has no timeout. */
  readonly deadline?: number;
  /** Events after which the next execution begins; left out for the usual number. */
  readonly segment?: number;
  /** What has been done in the containers that are open. */
  readonly open: readonly OpenRecord[];
  /** The session states that these name by their index. */
  readonly states: readonly JsonObject[];
  /** What the agents took whose steps have ended; left out for nothing. */
  readonly metrics?: Metrics;
}

/** A run's part in its session. */
export interface CarriedSession {
  /** It has its turn there, to be given back. */
  readonly queues: boolean;
  /** What it found. */
  readonly loaded: LoadedSession | null;
}

/** What has been done in a container that is open. */
export type OpenRecord = { readonly place: CallId | '' } & (
  | { readonly sequence: readonly CarriedOutput[]; readonly state: number }
  /** `state` is what they began with. */
  | { readonly branches: readonly CarriedEnds[]; readonly state: number }
  | {
      /** Iterations that have ended. */
      readonly iterations: number;
      /** What they gave, as far as nodes after the loop see it. */
      readonly visible: readonly CarriedOutput[];
      /** Where that doesn't follow from what is visible. */
      readonly success?: false;
      readonly media?: SomeMedia;
      readonly state: number;
    }
  | { readonly answer: Json }
  | { readonly items: number; readonly origin: readonly CarriedOutput[] }
  | {
      /** The turn of an agent that has ended. */
      readonly turn: number;
      readonly outcomes: readonly CarriedOutcome[];
      /** Answers in a row that the agent's schema refused; left out for none. */
      readonly refused?: number;
      /** Tools that it has asked for; left out for none, and where there is no limit. */
      readonly asked?: number;
      readonly metrics: Metrics;
      readonly state: number;
    }
);

/** What came of children side by side: of one, or of several one after the other that gave nothing but an output. */
export interface CarriedEnds {
  /** Index of the first. */
  readonly at: number;
  readonly outputs: readonly CarriedOutput[];
  /** How the state was changed. */
  readonly state?: StatePatch;
  readonly failure?: RunErrorData;
}

/** An output. Without `value` its content stands in an earlier history, as the result of its call. */
export type CarriedOutput =
  | {
      readonly name: string;
      /** Left out where none gave it: the step failed. */
      readonly call?: CallId;
      /** One each of this call and those whose last pass is a later one, up to that. */
      readonly to?: number;
      readonly value?: CallResult;
      readonly skipped?: true;
      readonly stop?: true;
      readonly success?: false;
    }
  | {
      readonly name: string;
      readonly type: ContainerType;
      readonly steps: readonly CarriedOutput[];
      readonly error?: string;
      readonly success?: false;
      readonly media?: SomeMedia;
    };

/** What came of a tool call; without `value` it stands in an earlier history. */
export type CarriedOutcome =
  | { readonly call: CallId; readonly value?: Json }
  | { readonly failed: string }
  | { readonly members: readonly ({ readonly name: string } & CarriedMember)[] };

export type CarriedMember = Exclude<CarriedOutcome, { readonly members: unknown }>;
