import type { RunErrorCode } from '../plan/codes.js';
import type { RunErrorData } from '../plan/contract.js';
import type { Duration } from '../plan/duration.js';
import type { Json } from '../plan/json.js';
import type { Metrics } from '../plan/metrics.js';
import type { StepResult } from '../plan/output.js';

/** `pending`: no worker has taken the run yet. `paused`: it waits for a person. The last three are final. */
export type RunStatus = 'pending' | 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';

const FINAL: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled']);

export function isFinal(status: RunStatus): boolean {
  return FINAL.has(status);
}

/** Whether a run gets on, and if not, why not. */
export type RunHealth =
  | { readonly state: 'ok' }
  /** Something waits for a worker, its own or that of a run which is a step of it, and none polls the queue. */
  | { readonly state: 'unserved'; readonly taskQueue: string; readonly message: string }
  /** A step, or the question for the run's plan, has failed and is tried again. */
  | {
      readonly state: 'retrying';
      /** The step's path; `null` for the plan. */
      readonly step: string | null;
      /** Of the last failure: `'STEP_NOT_ON_WORKER'`, `'STEP_FAILED'` …; `null` where Temporal itself gave it. */
      readonly code: string | null;
      readonly message: string;
      /** Starts so far. */
      readonly attempts: number;
      readonly nextAttemptAt: Date | null;
    }
  /** The workflow's own code fails on its workers: a fault of outlast, or a plan that is too new for them. */
  | { readonly state: 'stalled'; readonly attempts: number; readonly message: string };

/** A step under way. */
export interface ActiveStep {
  readonly stepName: string;
  /** The names on the way to it, joined by `/`. */
  readonly stepPath: string;
  /** Of an agent's step: the turn of its model that is under way, or that asked for `tool`, from 1; `null` for a function's. */
  readonly turn: number | null;
  /** Of an agent's step: the tool that is called; `null` while its model is asked, and for a function's step. */
  readonly tool: string | null;
  /** Of a step that is a workflow: the `runId` of its run, which tells what it does; `null` elsewhere. */
  readonly runId: string | null;
  /** `waiting` for a worker, or for its next attempt. */
  readonly state: 'waiting' | 'running' | 'cancelling';
  /** Which start this is, or the next one will be, from 1. */
  readonly attempt: number;
  /** When the attempt began; `null` while it waits. */
  readonly startedAt: Date | null;
  /** Why the attempt before ended. */
  readonly lastFailure: string | null;
}

/** Why a run failed. As a string it is its message. */
export class RunError implements RunErrorData {
  /** For people. What an executor threw stands in its own words. */
  readonly message: string;
  /** For programs. */
  readonly code: RunErrorCode;
  /** The path of the step at fault; `null` where none is. */
  readonly step: string | null;
  /** The `name` of what the executor threw: `'TypeError'`. */
  readonly type: string | null;
  /** Attempts that counted; `null` where no step is at fault. */
  readonly attempts: number | null;

  constructor({ message, code, step, type, attempts }: RunErrorData) {
    this.message = message;
    this.code = code;
    this.step = step;
    this.type = type;
    this.attempts = attempts;
    Object.freeze(this);
  }

  toString(): string {
    return this.message;
  }
}

/** How a run is waited for. */
export interface WaitOptions {
  /** Ends the waiting, not the run: WaitTimeoutError. @default none: a run may take days */
  readonly timeout?: Duration;
  /** Ends the waiting, not the run, with its reason. */
  readonly signal?: AbortSignal;
  /** Throws RunFailedError or RunCancelledError where the run didn't complete. @default false */
  readonly throwOnFailure?: boolean;
  /** Called with the run as it is now, then whenever it has got on. */
  readonly onProgress?: (run: Run) => void;
}

/** How a run is cancelled. */
export interface CancelOptions {
  /** Ends the run at once, whatever its steps do: they are left behind. @default false */
  readonly force?: boolean;
}

/** What all views of a run have in common. */
export interface RunIdentity {
  /** The Workflow ID in the Temporal Web UI. It stays the same across retries, resets and continue-as-new. */
  readonly runId: string;
  /** The Run ID in the Temporal Web UI: of the latest execution of the run. */
  readonly temporalRunId: string;
  /** The definition's `id`. */
  readonly workflowId: string;
  /** The definition's `name`: the Workflow Type in the Temporal Web UI. */
  readonly workflowName: string;
  readonly sessionId: string | null;
  /** The run of which this one is a step; `null` for one that was started by itself. */
  readonly parentRunId: string | null;
  readonly createdAt: Date;
  /** Its address in the Temporal Web UI; `null` where that isn't known: see `uiUrl` of `configure`. */
  readonly url: string | null;
}

interface RunFace extends RunIdentity {
  readonly health: RunHealth;
  /** What is running now. */
  readonly activeSteps: readonly ActiveStep[];
  /** `completed` or `failed`, as in Agno: never true for a cancelled run. Loops that wait use {@link isFinished}. */
  hasCompleted(): boolean;
  /** Reads it anew. @throws RunNotFoundError when its retention is over */
  refresh(): Promise<Run>;
  /** True when it was open. @see Workflow.cancelRun */
  cancel(options?: CancelOptions): Promise<boolean>;
}

interface RunView<Output> extends Omit<RunFace, 'refresh'> {
  /** When a worker first took it. */
  readonly startedAt: Date | null;
  /** What the nodes gave so far, in the order of the definition. Containers under way hold what has ended in them. */
  readonly stepResults: readonly StepResult[];
  /**
   * What its agents took so far, added up: those of `stepResults`, and those under way up to their last turn whose tools have
   * ended. `null` where no model has answered. A run that is a step of it, or that a tool starts, has its own.
   */
  readonly metrics: Metrics | null;
  /** `completed`, `failed` or `cancelled`. */
  isFinished(): this is FinishedRun<Output>;
  /** Waits until it is finished. @see Workflow.waitForRun */
  wait(options?: WaitOptions): Promise<FinishedRun<Output>>;
  /** Reads it anew. @throws RunNotFoundError when its retention is over */
  refresh(): Promise<Run<Output>>;
  /** A plain snapshot: dates as ISO strings, no methods. */
  toJSON(): RunSnapshot;
}

/** A run that hasn't ended. `activeSteps` says what it does, `health` whether it gets on. */
export interface OpenRun<Output = Json> extends RunView<Output> {
  readonly status: 'pending' | 'running' | 'paused';
  readonly content: null;
  readonly error: null;
  readonly finishedAt: null;
}

/** A run that came to its end. */
export interface CompletedRun<Output = Json> extends RunView<Output> {
  readonly status: 'completed';
  /** What flowed out of its last node. */
  readonly content: Output;
  readonly error: null;
  readonly finishedAt: Date;
}

/** A run that was ended by a failure, or by its time-out. Its `stepResults` hold all that had ended before. */
export interface FailedRun<Output = Json> extends RunView<Output> {
  readonly status: 'failed';
  readonly content: null;
  readonly error: RunError;
  readonly finishedAt: Date;
}

/** A run that somebody ended. A step that was under way then stands in `stepResults` with the error `'cancelled'`. */
export interface CancelledRun<Output = Json> extends RunView<Output> {
  readonly status: 'cancelled';
  readonly content: null;
  readonly error: null;
  readonly finishedAt: Date;
}

/** A run that has ended, in whichever way. */
export type FinishedRun<Output = Json> =
  CompletedRun<Output> | FailedRun<Output> | CancelledRun<Output>;

/** A run as it was when it was read. It doesn't change: `refresh()` reads it anew. `status` tells which fields it has. */
export type Run<Output = Json> = OpenRun<Output> | FinishedRun<Output>;

/** What one look at the server tells of a run, without reading its history. */
export interface RunSummary extends RunFace {
  readonly status: RunStatus;
  readonly finishedAt: Date | null;
  /** `completed`, `failed` or `cancelled`. */
  isFinished(): boolean;
  /** A plain snapshot: dates as ISO strings, no methods. */
  toJSON(): Record<string, unknown>;
}

/** A run as JSON. */
export interface RunSnapshot {
  readonly runId: string;
  readonly temporalRunId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly sessionId: string | null;
  readonly parentRunId: string | null;
  readonly status: RunStatus;
  readonly content: Json;
  readonly error: RunErrorData | null;
  readonly stepResults: readonly StepResult[];
  readonly metrics: Metrics | null;
  readonly activeSteps: readonly (Omit<ActiveStep, 'startedAt'> & {
    readonly startedAt: string | null;
  })[];
  readonly health: Readonly<Record<string, Json>>;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly url: string | null;
}

/** What a view of a run can have done. */
export interface RunOperations {
  wait(runId: string, options: WaitOptions): Promise<FinishedRun>;
  refresh(runId: string): Promise<Run>;
  cancel(runId: string, options: CancelOptions): Promise<boolean>;
}

export interface SummaryFacts extends RunIdentity {
  readonly status: RunStatus;
  readonly finishedAt: Date | null;
  readonly health: RunHealth;
  readonly activeSteps: readonly ActiveStep[];
}

export interface RunFacts extends SummaryFacts {
  readonly startedAt: Date | null;
  readonly content: Json;
  readonly error: RunErrorData | null;
  readonly stepResults: readonly StepResult[];
  readonly metrics: Metrics | null;
}

export function summaryOf(facts: SummaryFacts, operations: RunOperations): RunSummary {
  return viewOf({ ...head(facts), finishedAt: facts.finishedAt, ...tail(facts) }, operations);
}

/** The facts must agree with each other: an error only for a failed run, a finish only for a finished one. */
export function runOf<Output>(facts: RunFacts, operations: RunOperations): Run<Output> {
  const { content, error, stepResults, metrics, startedAt, finishedAt } = facts;
  const view = viewOf(
    {
      ...head(facts),
      content,
      error: error === null ? null : new RunError(error),
      stepResults,
      metrics,
      startedAt,
      finishedAt,
      ...tail(facts),
    },
    operations,
  );
  return view as unknown as Run<Output>;
}

// In the order in which people want to read them, printed or as JSON.
function head(facts: SummaryFacts): Omit<RunIdentity, 'url'> & Pick<SummaryFacts, 'status'> {
  const { runId, temporalRunId, workflowId, workflowName, sessionId, parentRunId } = facts;
  const { status, createdAt } = facts;
  return {
    ...{ runId, temporalRunId, workflowId, workflowName, sessionId, parentRunId },
    ...{ status, createdAt },
  };
}

function tail({
  activeSteps,
  health,
  url,
}: SummaryFacts): Pick<SummaryFacts, 'activeSteps' | 'health' | 'url'> {
  return { activeSteps, health, url };
}

function viewOf<Facts extends SummaryFacts>(
  facts: Facts,
  operations: RunOperations,
): Facts & RunSummary & { wait(options?: WaitOptions): Promise<FinishedRun> } {
  const methods = {
    hasCompleted: () => facts.status === 'completed' || facts.status === 'failed',
    isFinished: () => isFinal(facts.status),
    wait: (options: WaitOptions = {}) => operations.wait(facts.runId, options),
    refresh: () => operations.refresh(facts.runId),
    cancel: (options: CancelOptions = {}) => operations.cancel(facts.runId, options),
    // Dates become strings, and what is handed out is nobody else's.
    toJSON: () => JSON.parse(JSON.stringify(facts)) as Record<string, unknown>,
  };
  // Methods aren't enumerable: printing or comparing a run shows its facts.
  const view = Object.defineProperties(
    { ...facts },
    Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }])),
  );
  return Object.freeze(view) as Facts & typeof methods;
}
