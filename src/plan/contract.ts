import type { RunErrorCode } from './codes.js';
import type { Json, JsonObject } from './json.js';
import type { ToolRequest, Usage } from './model.js';
import type { ContainerType, MediaLists } from './output.js';
import type { PastRun } from './past-run.js';
import type { Plan, Policy } from './plan.js';
import type { CallId, Reference } from './reference.js';
import type { SessionSignal } from './session.js';
import type { StatePatch } from './state-patch.js';

/**
 * What crosses between client, workflow and activities, and therefore stands in histories. Fields are left out where
 * they hold their default, because every byte here is stored once a call. Renaming one breaks every open run.
 */

/** Activity types of ours; users' steps are `WORKFLOW/REFERENCE`. Recorded in histories: renaming one breaks every open run. */
export const Activities = {
  resolvePlan: 'outlast.resolvePlan',
  ask: 'outlast.ask',
  load: 'outlast.load',
  loadSession: 'outlast.loadSession',
  tellSession: 'outlast.tellSession',
  isTurnOpen: 'outlast.isTurnOpen',
} as const;

/** Tells activities of ours from those that do a call's work. */
export function isOwnActivity(type: string): boolean {
  return (Object.values(Activities) as string[]).includes(type);
}

/** The type of a session's workflow. Recorded in histories. */
export const SESSION_TYPE = 'outlast-session';

/** Signals of a session's workflow, and of a run that waits for its turn. Recorded in histories. */
export const Signals = {
  session: 'outlast.session',
  turn: 'outlast.turn',
} as const;

/** Names of nodes don't begin so. */
export const RESERVED_NODE_PREFIX = 'outlast.';

/** The reference of what is called when a run is over. Recorded in histories. */
export const ON_FINISH = 'outlast.onFinish' as Reference;

/** Summaries of timers. Recorded in histories. */
export const Timers = {
  runTimeout: 'outlast.timeout',
} as const;

/** Keys of the memo that a start through the client writes, so that one `describe` knows the ids. */
export const Memo = {
  workflowId: 'outlast.workflowId',
  sessionId: 'outlast.sessionId',
  /** Of a run that is a step of another: the call that it is there. */
  call: 'outlast.call',
  /** Of a session. */
  name: 'outlast.name',
  updatedAt: 'outlast.updatedAt',
} as const;

/** The key of the note that stands as a workflow's result where its content is too large for one. Recorded in histories. */
export const CONTENT_TOO_LARGE = 'outlast.contentTooLarge';

/** Workflow IDs and types that begin so are ours, not runs. */
export const RESERVED_PREFIX = 'outlast-';

export const DEFAULT_TASK_QUEUE = 'outlast';

/** The second argument of a run's workflow, after its input. All of it is optional: `temporal workflow start` may leave it out. */
export interface RunSettings {
  readonly sessionId?: string;
  readonly userId?: string;
  readonly additionalData?: JsonObject;
  readonly metadata?: JsonObject;
  readonly sessionState?: JsonObject;
  /** What every step sees beside its outputs. */
  readonly media?: SomeMedia;
  /** The state begins with `sessionState` alone. */
  readonly overwriteSessionState?: true;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Lists of media; kinds without any are left out. */
export type SomeMedia = Partial<MediaLists>;

/** What a run asks its worker first. */
export interface PlanRequest {
  readonly input: Json;
  /** Left out for a run of no session. */
  readonly sessionId?: string;
}

/**
 * The worker's answer: the plan, the input where its schema changed it, and the run's session where it needn't wait for
 * its turn; or why it refuses the input.
 */
export type PlanAnswer =
  | {
      readonly plan: Plan;
      readonly input?: Json;
      readonly session?: LoadedSession;
      /** Events after which the run goes on in another execution; left out for the usual number. */
      readonly segment?: number;
    }
  | {
      readonly refused: string;
      /** The policy of what is called when the run is over; left out where nothing is. */
      readonly onFinish?: Policy;
    };

/** A session as a run finds it. */
export interface LoadedSession {
  /** `null`: nothing was stored yet. */
  readonly state: JsonObject | null;
  /** Earlier runs that its nodes may ask for; left out where there are none. */
  readonly history?: readonly PastRun[];
}

/** What a run asks for when it has its turn. */
export interface LoadRequest {
  readonly sessionId: string;
  /** Left out for all. */
  readonly historyRuns?: number;
}

/** What a run has told to its session. */
export interface TellRequest {
  readonly sessionId: string;
  readonly signal: SessionSignal;
}

/** A call's result that a history holds, hence immutable. `run` (a Temporal run id) is left out within the same run. */
interface CallRef {
  readonly call: CallId;
  readonly run?: string;
}

/** A value, or where it stands: the run's own input, its options, or its session as the run found it. */
export type Source = { readonly value: Json } | { readonly from: keyof RunStart };

/** What a run begins with: its input as its schema parsed it, its options, and earlier runs of its session. */
export interface RunStart {
  readonly input: Json;
  readonly additionalData: JsonObject;
  readonly media: SomeMedia;
  readonly history: readonly PastRun[];
  readonly metadata: JsonObject;
}

/** What the activities of user code are given. */
export interface CallFacts {
  readonly sessionId?: string;
  readonly userId?: string;
  readonly metadata?: Source;
  /** The first Temporal run of the run's chain, where it isn't this one: what makes idempotency keys last. */
  readonly firstRun?: string;
  readonly policy: Policy;
  readonly state: StateSource;
}

/** What a step's activity is given, that of an agent's first turn, and that of a question. */
export interface StepCall extends CallFacts {
  readonly input: Source;
  readonly additionalData?: Source;
  readonly media?: Source;
  readonly sees?: Visible;
  /** What flows in, where that isn't what flows out of what it sees. */
  readonly flow?: FlowSource;
  /** Of a loop's end condition: how many of the outputs that it sees, from the last one, are the iteration's. */
  readonly iteration?: number;
  /** Earlier runs of the session; left out where there are none, or an agent is told of none. */
  readonly history?: Source;
  /** The last so many of them, of which an agent is told. */
  readonly historyRuns?: number;
  /** The turn by which another agent asks this one; left out where none does. */
  readonly asked?: {
    readonly by: CallRef;
    /** The other one takes over, and is told what was said up to there; left out where it is told its task alone. */
    readonly whole?: true;
  };
  /** The names of an agent's tools, as the run's plan has them; left out where there are none. */
  readonly tools?: readonly string[];
  /** What became of the run, for what is called when it is over. Its content is what flows in. */
  readonly end?: Omit<RunEnd, 'content'>;
}

/** What became of a run, for what is called when it is over. */
export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'cancelled';
  /** `null` unless it is completed. */
  readonly content: Json;
  /** `null` unless it has failed. */
  readonly error: RunErrorData | null;
}

/** What an agent's further turn is given: all that the turn before was given, what that answered, and this. */
export interface TurnCall {
  readonly after: CallRef;
  /** As in {@link CallFacts}. */
  readonly firstRun?: string;
  readonly policy: Policy;
  /** What became of the tools that the turn before asked for, in their order. */
  readonly outcomes: readonly ToolOutcome[];
  /** The agent's budget is spent: it is to answer, without tools. */
  readonly last?: true;
}

/** What the model is told of a tool call: its result, by value or by reference, why it failed, or what each of a team's members answers. */
export type ToolOutcome =
  | { readonly value: Json }
  | { readonly result: CallRef }
  | { readonly failed: string }
  | { readonly members: readonly ({ readonly name: string } & MemberOutcome)[] };

export type MemberOutcome = Exclude<ToolOutcome, { readonly members: unknown }>;

/** What a tool's activity is given. */
export interface ToolCall extends CallFacts {
  /** What the model asks for, by value, or which of a turn's requests it is, from 1. */
  readonly request: ToolRequest | { readonly turn: CallRef; readonly index: number };
}

/** What the activity of a call is given. */
export type AnyCall = StepCall | TurnCall | ToolCall;

/**
 * Stands in place of an {@link AnyCall} that is larger than Temporal stores. The step fails by it on a worker, like by
 * any other fault: so that it stands in the history, which is all that readers have.
 */
export interface OversizedCall {
  /** Bytes that the call would take. */
  readonly oversized: number;
}

/**
 * The outputs that a call sees: all that the call `after` saw, and these. So each call records only what is new, and a
 * call's cost doesn't grow with the run.
 */
export interface Visible {
  readonly after?: CallRef;
  readonly outputs?: readonly OutputSource[];
}

/** A content by value, or what it flows out of: `item` is its index where it is one of a list. */
export type FlowSource =
  { readonly value: Json } | { readonly outputs: readonly OutputSource[]; readonly item?: number };

/** An output by value, by reference, or — a container's — by its children, from which it follows. */
export type OutputSource =
  | ({ readonly name: string; readonly skipped?: true } & CallResult)
  /** With `to`, one each of this call and those whose last pass is a later one, up to that. */
  | { readonly name: string; readonly result: CallRef; readonly to?: number }
  | {
      readonly name: string;
      readonly type: ContainerType;
      readonly steps: readonly OutputSource[];
      /** What failed it; left out where nothing did. Only what is called when a run is over sees one. */
      readonly error?: string;
      /** Where it doesn't follow from `steps`, since those are a loop's last ones. */
      readonly success?: false;
      readonly media?: SomeMedia;
    };

/** The session state by value, or as changes to the state that an earlier call was given. */
export type StateSource =
  | { readonly value: JsonObject }
  | { readonly after: CallRef; readonly patches: readonly PatchSource[] };

export type PatchSource = { readonly patch: StatePatch } | { readonly result: CallRef };

/**
 * What an activity gives: what the executor or tool returned and how it changed the session state, or what the model
 * answered.
 */
export interface CallResult extends SomeMedia {
  /** Left out for `null`. */
  readonly content?: Json;
  /** Left out for `true`. */
  readonly success?: false;
  readonly stop?: true;
  readonly error?: string;
  readonly state?: StatePatch;
  /** The tools that an agent's turn asks for; left out where it has answered. */
  readonly calls?: readonly ToolRequest[];
  /** What is wrong with an agent's answer, by its schema: the model is told, and asked again. */
  readonly fault?: string;
  /** What the function gave that an agent's first turn asks for its instructions; left out where it has none. */
  readonly instructions?: string;
  /** What an agent's turn took. */
  readonly usage?: Usage;
  /** USD that it cost, by the price that its model had then; left out where that, or the usage, isn't known. */
  readonly cost?: number;
  /** Milliseconds that an agent's model took to answer, or a tool; left out for none. */
  readonly took?: number;
  /** Of them, those until the first of the answer was there; left out where it didn't come in pieces. */
  readonly firstToken?: number;
  /** Which of an agent's models answered, as `PROVIDER/ID`; left out where it has only one. */
  readonly model?: string;
  /** Of a step that is a workflow: the `runId` of its run. */
  readonly run?: string;
}

/** A content that the run itself needs, and that stands in the history of an earlier execution. */
export type LoadedContent = { readonly content: Json } | { readonly tooLarge: number };

/** What is asked within the run's own workflow task. It isn't recorded; the answer is. */
export interface LocalQuestion {
  readonly call: CallId;
  readonly given: StepCall;
}

/** The answer, or what the asked function threw. */
export type LocalAnswer =
  { readonly result: CallResult } | { readonly failed: Omit<RunErrorData, 'step'> };

/**
 * Why a step or a run failed, as an ApplicationFailure's details carry it.
 *
 * @inline
 */
export interface RunErrorData {
  readonly message: string;
  readonly code: RunErrorCode;
  /** The reference of the step; `null` when none is at fault. */
  readonly step: string | null;
  /** The `name` of what was thrown: `TypeError`. */
  readonly type: string | null;
  /** Attempts that counted; `null` when no step is at fault. */
  readonly attempts: number | null;
}

/**
 * What an activity's heartbeats carry: the tally, for the attempts that follow, and how far a model's turn has come, for whoever
 * looks on. The server keeps the latest alone, and they add nothing to a history.
 */
export interface HeartbeatDetails extends Tally {
  /** Left out where there is nothing yet. */
  readonly partial?: PartialTurn;
}

/** What a model has written of a turn so far, and not more of it than its end: it is sent several times a second. */
export interface PartialTurn {
  readonly attempt: number;
  /** Which of an agent's models writes, as `PROVIDER/ID`; left out where it has only one. */
  readonly model?: string;
  /** Characters of the text before those that stand here. */
  readonly offset: number;
  readonly text: string;
  /** Of what it thinks; left out where nothing is told of it. */
  readonly reasoning?: { readonly offset: number; readonly text: string };
  /** The names of the tools that it has begun to ask for, the first of them; left out where there are none. */
  readonly toolCalls?: readonly string[];
}

/** What an activity's attempts tell the next: starts that were the executor's fault, and that were not. */
export interface Tally {
  /** Attempts that the executor failed, or that timed out. They count against `maxRetries`. */
  readonly failed: number;
  /** Attempts that no worker's death ended and that don't count: the step wasn't there, or its worker was shut down. */
  readonly passed: number;
}
