import type { Json, JsonObject } from './json.js';
import type { Model, ModelAnswer, ModelRequest, ToolDescription } from './model.js';
import type { RunEnd } from './contract.js';
import type { StepResult } from './output.js';
import type { Plan } from './plan.js';
import type { StepInput } from './step-input.js';
import type { StepOutput } from './step-output.js';

/**
 * A step's work. What it returns is the step's content: any JSON value, nothing for `null`, or a `StepOutput` that says
 * more. A generator's strings are joined; a `StepOutput` that it yields or returns is the result.
 *
 * It runs outside the workflow sandbox, so it may do anything. After a crash it is called again: whatever it does
 * elsewhere should go by `context.idempotencyKey`.
 */
export type Executor<Input = never, Content = unknown> = (
  input: StepInput<Input>,
  context: StepContext,
) => Returned<Content>;

/** What an executor may return where its content is typed. Of an output and of a generator only a run tells. */
export type Returned<Content> =
  Content | StepOutput | AnyGenerator | Promise<Content | StepOutput | AnyGenerator>;

/** @inline */
type AnyGenerator = Generator<unknown, unknown> | AsyncGenerator<unknown, unknown>;

/** What an executor knows of its call, and can do beside returning. */
export interface StepContext {
  /** The run: the Workflow ID in the Temporal Web UI. */
  readonly runId: string;
  /** The definition: `Workflow`'s `id`. */
  readonly workflowId: string;
  readonly workflowName: string;
  /** The step's name. */
  readonly stepName: string;
  readonly sessionId: string | null;
  readonly userId: string | null;
  /** The `metadata` of `run`, `{}` without. */
  readonly metadata: JsonObject;
  /** Which start of this call this is, from 1. Counts all of them: failures, lost workers, workers that lack the step. */
  readonly attempt: number;
  /** The same for every attempt of this call of this step in this run, and for no other call. ASCII, 43 characters. */
  readonly idempotencyKey: string;
  /** Fires when the run is cancelled, the attempt's time is up, or the worker has to stop. Give it to `fetch`. */
  readonly signal: AbortSignal;
  /** As the steps before this one left it. Change it in place; a failed attempt's changes are dropped. */
  readonly sessionState: JsonObject;
  /** Goes to the worker's log, with the run's ids. */
  readonly log: StepLog;
  /**
   * Tells Temporal that the step is alive. It is told each second anyway: only code that keeps the event loop busy for
   * seconds needs to call it in between.
   */
  readonly heartbeat: () => void;
}

/** A log with levels; `facts` stand beside the message. */
export interface StepLog {
  /** For whoever looks for a fault. */
  debug(message: string, facts?: Record<string, unknown>): void;
  /** For the course of things. */
  info(message: string, facts?: Record<string, unknown>): void;
  /** For what somebody should look at some time. */
  warn(message: string, facts?: Record<string, unknown>): void;
  /** For what somebody should look at now. It fails nothing: throw for that. */
  error(message: string, facts?: Record<string, unknown>): void;
}

/** What a message or a context says of whatever is called. */
interface Named {
  readonly name: string;
  readonly workflowId: string;
}

/** A step's function. */
export interface StepEntry extends Named {
  readonly kind: 'step';
  readonly executor: Executor;
  /** The content as the step's schema parses it; `null` where it has none. */
  readonly parse: ((content: unknown) => Promise<ParsedContent>) | null;
}

/** What came of a schema's parse: anything, for what a schema makes of a value needn't be JSON. */
export type ParsedContent =
  | { readonly ok: true; readonly content: unknown }
  | { readonly ok: false; readonly faults: string };

/** A step's agent. */
export interface AgentEntry extends Named {
  readonly kind: 'agent';
  readonly agent: string;
  readonly model: Model;
  readonly prompt: Prompt;
  /** Media that flow in go to the model. */
  readonly sendsMedia: boolean;
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly hooks: AgentHooks;
  /** How its members are asked; `null` where it leads none. */
  readonly delegation: ToolDescription | null;
  /** What its answer has to be; `null` for any text. */
  readonly output: OutputEntry | null;
}

/** What an agent's model is told before everything else. */
export interface Prompt {
  /** Gives the instructions of a conversation, before its first turn; `null` where the definition has them. */
  readonly instructions: ((context: TurnContext) => Promise<string>) | null;
  /**
   * The system's message; `null` for none.
   *
   * @param instructions What {@link Prompt.instructions} gave; `null` where it wasn't asked.
   * @param state The session state that the first turn began with.
   */
  readonly system: (instructions: string | null, state: JsonObject) => string | null;
}

/** What an agent's answer has to be: JSON of a schema. */
export interface OutputEntry {
  /** A JSON Schema. */
  readonly schema: JsonObject;
  readonly parse: (given: Json) => Promise<ParsedContent>;
}

/** What an evaluator, a selector or an end condition knows of its call. The session state is not to be changed: it is frozen. */
export type QuestionContext = Omit<StepContext, 'sessionState' | 'idempotencyKey' | 'heartbeat'> & {
  readonly sessionState: Readonly<JsonObject>;
};

/**
 * What is known of a turn of an agent. The session state is as the agent's first turn began with, and not to be changed: it is
 * frozen.
 */
export type TurnContext = Omit<StepContext, 'sessionState'> & {
  readonly sessionState: Readonly<JsonObject>;
  /** The agent's name. */
  readonly agent: string;
  /** Which turn of the agent it is, from 1. */
  readonly turn: number;
  /** The run's input, as in `StepInput`. */
  readonly input: Json;
  /** What flows in; of who is asked by another agent, its task. */
  readonly previousStepContent: Json;
  /** The `additionalData` of `run`. */
  readonly additionalData: JsonObject;
};

/** What is known of a call of a tool, and can be done beside: the same as the tool itself is given, and who asks for it. */
export interface ToolCallContext extends StepContext {
  /** The agent's name. */
  readonly agent: string;
  /** Which turn of the agent asks for it, from 1. */
  readonly turn: number;
}

/** A tool as a model has called it. */
export interface ToolCallInfo {
  readonly name: string;
  /** As the tool's schema parsed them. */
  readonly arguments: unknown;
}

/**
 * Functions of the author's around what an agent does, each called on the worker, within the activity of the turn or of the tool
 * call. So they run at least once: after a crash, or where an attempt fails, they are called again with the whole. What they
 * return is dropped.
 */
export interface AgentHooks {
  /**
   * Before the model is asked. What it throws fails the turn like an executor's error: a `NonRetryableError` at once, without
   * the model having been asked. What it is given is a copy: it can't change what is sent.
   */
  readonly beforeTurn?: (request: ModelRequest, context: TurnContext) => unknown;
  /**
   * When the model has answered, with a text or with tools to call. What it throws fails the turn likewise: the model is
   * asked again, as far as the policy goes. Who watches the run may have read the text by then.
   */
  readonly afterTurn?: (answer: ModelAnswer, context: TurnContext) => unknown;
  /**
   * Before a tool is called, with arguments that its schema took. What it throws counts as the tool's own failure: it is tried
   * again by the tool's policy, a `NonRetryableError` not, and then the model is told. What it changes in `sessionState` is
   * the tool's change.
   */
  readonly beforeTool?: (call: ToolCallInfo, context: ToolCallContext) => unknown;
  /** When a tool has given its result. What it throws and what it changes counts as the tool's own, likewise. */
  readonly afterTool?: (call: ToolCallInfo, result: unknown, context: ToolCallContext) => unknown;
}

/** What a node goes by: `outputs` are those of a loop's iteration. */
export interface QuestionEntry extends Named {
  readonly kind: 'question';
  readonly ask: (
    input: StepInput<never>,
    outputs: readonly StepResult[],
    context: QuestionContext,
  ) => unknown;
}

/** What is called when a run is over. */
export interface FinishEntry extends Named {
  readonly kind: 'finish';
  readonly executor: (end: StepInput<never> & RunEnd, context: StepContext) => unknown;
}

/** A tool, as a model is told of it, and its work. */
export interface ToolEntry extends ToolDescription {
  /** What the model gave, as the tool's schema parses it. */
  readonly parse: (
    given: JsonObject,
  ) => Promise<
    { readonly ok: true; readonly args: unknown } | { readonly ok: false; readonly faults: string }
  >;
  readonly execute: (args: unknown, context: StepContext) => unknown;
  /** Ends what the tool keeps open between calls. The worker does that once it has stopped. */
  readonly close?: () => Promise<void>;
}

/** What a call may be of. */
export type Entry = StepEntry | QuestionEntry | AgentEntry | FinishEntry;

/** A definition's other half: what its plan's references stand for. */
export interface Registry {
  /** By `WORKFLOW/REFERENCE`, aliases included. */
  readonly calls: ReadonlyMap<string, Entry>;
  /** By workflow type, aliases included. */
  readonly workflows: ReadonlyMap<string, WorkflowEntry>;
}

export interface WorkflowEntry {
  readonly plan: Plan;
  /** The input as the workflow's schema parses it, or what is wrong with it. */
  readonly parseInput: (input: Json) => Promise<ParsedInput>;
}

export type ParsedInput =
  { readonly ok: true; readonly input: Json } | { readonly ok: false; readonly faults: string };
