import type { AnyWorkflow } from '../definition/is-workflow.js';
import type { WorkflowDefinition } from '../definition/workflow.js';
import type { Json, JsonObject } from '../plan/json.js';
import { resolveConfig, type ConnectionConfig } from './config.js';
import type { ListOptions } from './list-runs.js';
import type { PollOptions } from './poll.js';
import type {
  CancelOptions,
  CompletedRun,
  FinishedRun,
  Run,
  RunSummary,
  WaitOptions,
} from './run.js';
import type { RunStream, StreamOptions } from './run-stream.js';
import { Runs, type GetRunOptions, type OfWorkflow } from './runs.js';
import { Server } from './server.js';
import {
  deleteSession,
  getSession,
  listSessions,
  renameSession,
  updateSessionState,
  type ListSessionsOptions,
  type Session,
  type SessionSummary,
  type UpdateSessionOptions,
} from './sessions.js';
import type {
  AwaitedOptions,
  BackgroundOptions,
  RunOptions,
  StreamedOptions,
} from './start-run.js';

/**
 * A client of one namespace of a Temporal server: it starts runs and reads them. It needs no worker, and a definition
 * only to check inputs and to name types.
 */
export class Outlast implements AsyncDisposable {
  /** @internal */
  readonly server: Server;
  readonly #runs: Runs;

  /** @internal Use {@link connect}. */
  constructor(server: Server) {
    this.server = server;
    this.#runs = new Runs(server);
  }

  /** `host:port` of the server. */
  get address(): string {
    return this.server.config.address;
  }

  get namespace(): string {
    return this.server.namespace;
  }

  /**
   * Starts a run. With `background: true` it resolves as soon as the server has it; otherwise when the run is complete.
   * With `stream: true` it returns the run's events at once, without a promise.
   *
   * @param workflow A definition, or the name of one that only workers have.
   * @param input JSON, as `inputSchema` wants it; none for `null`.
   * @throws OptionError; InputError, InputTooLargeError, RunExistsError: nothing was started, and a stream throws them when
   * it is read; without `background` and `stream` RunFailedError and RunCancelledError, which carry the run.
   */
  run<Output, Given>(
    workflow: WorkflowDefinition<unknown, Output, Given>,
    input: Given | undefined,
    options: BackgroundOptions,
  ): Promise<Run<Output>>;
  run<Output, Given>(
    workflow: WorkflowDefinition<unknown, Output, Given>,
    input: Given | undefined,
    options: StreamedOptions,
  ): RunStream<Output>;
  run<Output, Given>(
    workflow: WorkflowDefinition<unknown, Output, Given>,
    input?: Given,
    options?: AwaitedOptions,
  ): Promise<CompletedRun<Output>>;
  run(workflow: string, input: unknown, options: BackgroundOptions): Promise<Run>;
  run(workflow: string, input: unknown, options: StreamedOptions): RunStream;
  run(workflow: string, input?: unknown, options?: AwaitedOptions): Promise<CompletedRun>;
  run(
    workflow: AnyWorkflow | string,
    input?: unknown,
    options: RunOptions = {},
  ): Promise<Run<unknown>> | RunStream<unknown> {
    return this.#runs.run(workflow, input, options);
  }

  /**
   * A run as it is now: from its history, so no worker has to run. `null` where there is no such run, or it is another
   * workflow's.
   */
  getRun(
    runId: string,
    options: GetRunOptions & OfWorkflow<unknown> & { readonly stepResults: false },
  ): Promise<RunSummary | null>;
  getRun<Output = Json>(
    runId: string,
    options?: GetRunOptions & OfWorkflow<Output> & { readonly stepResults?: true },
  ): Promise<Run<Output> | null>;
  getRun(
    runId: string,
    options: GetRunOptions & OfWorkflow<unknown> = {},
  ): Promise<Run<unknown> | RunSummary | null> {
    return this.#runs.get(runId, options);
  }

  /**
   * The latest runs, without their content: `getRun` has it. What has just happened may be missing for a moment:
   * Temporal's lists are eventually consistent.
   */
  listRuns(options: ListOptions & OfWorkflow<unknown> = {}): Promise<RunSummary[]> {
    return this.#runs.list(options);
  }

  /**
   * Waits until a run is finished, whatever its status is then. It is told by the server, so it neither sleeps nor
   * polls; a server that goes away is waited for up to a minute.
   *
   * @throws RunNotFoundError; WaitTimeoutError with the run as it is then; the signal's reason; ServerUnreachableError;
   * with `throwOnFailure` RunFailedError and RunCancelledError
   */
  waitForRun<Output = Json>(
    runId: string,
    options: WaitOptions & OfWorkflow<Output> = {},
  ): Promise<FinishedRun<Output>> {
    return this.#runs.wait(runId, options);
  }

  /**
   * The events of a run, open or finished, from an offset on. Every reader sees the same, whenever it reads, and none is
   * left out or given twice. They are read from the run's history: no worker has to run. A server that goes away is waited
   * for up to a minute.
   *
   * @throws OptionError. When it is read: RunNotFoundError; ClientOutdatedError where the run is of a newer version;
   * ServerUnreachableError; the signal's reason
   */
  streamRun<Output = Json>(
    runId: string,
    options: StreamOptions & OfWorkflow<Output> = {},
  ): RunStream<Output> {
    return this.#runs.stream(runId, options);
  }

  /**
   * Waits by looking again and again, for programs that want to see each look; {@link waitForRun} needs none.
   *
   * @throws WaitTimeoutError with the run as it was last seen; the signal's reason
   */
  pollRun<Output = Json>(
    runId: string,
    options: PollOptions<Output> & OfWorkflow<Output> = {},
  ): Promise<FinishedRun<Output>> {
    return this.#runs.poll(runId, options);
  }

  /**
   * Asks a run to end. Its running steps' signals fire within a second or so; those that ignore it are left behind
   * after the worker's `cancelGrace`. A run that no worker has taken is cancelled at once.
   *
   * @returns whether it was open. It may be so for a little longer: wait for it to see its end.
   * @throws RunNotFoundError
   */
  cancelRun(runId: string, options: CancelOptions & OfWorkflow<unknown> = {}): Promise<boolean> {
    return this.#runs.cancel(runId, options);
  }

  /**
   * What the runs of a session share: its state, and what it remembers of the runs. From its history, so no worker has to
   * run; all that ended before the call is in it. `null` where there is none.
   */
  getSession(sessionId: string): Promise<Session | null> {
    return getSession(this.server, sessionId);
  }

  /**
   * Sets keys of a session's state, or with `replace` the whole of it. A session that there isn't begins with it. A run
   * that is open goes on with the state that it began with.
   *
   * @returns the state after it
   * @throws OptionError, also where the state would take more than 256 KB
   */
  updateSessionState(
    sessionId: string,
    state: JsonObject,
    options: UpdateSessionOptions & OfWorkflow<unknown> = {},
  ): Promise<JsonObject> {
    const { workflow, ...rest } = options;
    return updateSessionState(this.server, workflow?.taskQueue ?? null, sessionId, state, rest);
  }

  /** Gives a session a name, by which people know it. @throws SessionNotFoundError */
  renameSession(
    sessionId: string,
    name: string,
    { workflow }: OfWorkflow<unknown> = {},
  ): Promise<void> {
    return renameSession(this.server, workflow?.taskQueue ?? null, sessionId, name);
  }

  /**
   * Deletes a session: its state and what it remembers of runs, not the runs. A later run begins anew. A run that is open
   * stores what it has changed when it ends.
   *
   * @returns whether there was one
   */
  deleteSession(sessionId: string): Promise<boolean> {
    return deleteSession(this.server, sessionId);
  }

  /** The sessions of the namespace, those changed last first. What has just happened may be missing for a moment. */
  listSessions(options: ListSessionsOptions = {}): Promise<SessionSummary[]> {
    return listSessions(this.server, options);
  }

  /** Closes the connection. Runs go on. */
  close(): Promise<void> {
    return this.server.close();
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Connects to a Temporal server. What is left out of the configuration comes from `TEMPORAL_*` and `temporal.toml`.
 *
 * @throws ServerUnreachableError within 5 seconds; ServerError where the namespace is missing; ConfigError
 */
export async function connect(config: ConnectionConfig = {}): Promise<Outlast> {
  return new Outlast(await Server.connect(resolveConfig(config)));
}
