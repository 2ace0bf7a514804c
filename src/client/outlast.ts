import type { WorkflowDefinition } from '../definition/workflow.js';
import type { AnyWorkflow } from '../definition/is-workflow.js';
import { RESERVED_PREFIX } from '../plan/contract.js';
import { cancelRun } from './cancel-run.js';
import { resolveConfig, type ConnectionConfig } from './config.js';
import { describe } from './describe.js';
import {
  RunCancelledError,
  RunExistsError,
  RunFailedError,
  RunNotFoundError,
  WaitTimeoutError,
} from './errors.js';
import { LIST_OPTIONS, listRuns, type ListOptions } from './list-runs.js';
import { Followings } from './following.js';
import { Options } from './options.js';
import { POLL_OPTIONS, poll, pollingOf, type PollOptions } from './poll.js';
import { Patience } from './patience.js';
import { readRun } from './read-run.js';
import {
  runOf,
  summaryOf,
  type CancelOptions,
  type CompletedRun,
  type FinishedRun,
  type Run,
  type RunOperations,
  type RunSummary,
  type WaitOptions,
} from './run.js';
import {
  isStreamed,
  readerOf,
  streamingOf,
  streamOf,
  type RunStream,
  type StreamOptions,
  type StreamSource,
} from './run-stream.js';
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
import {
  startRun,
  startableOf,
  type AwaitedOptions,
  type BackgroundOptions,
  type RunOptions,
  type Startable,
  type StreamedOptions,
} from './start-run.js';
import { waitForClose } from './wait.js';
import type { Json, JsonObject } from '../plan/json.js';

/** Whose run it has to be: another workflow's counts as none. It also types the content. */
export interface OfWorkflow<Output> {
  /** @default any */
  readonly workflow?: WorkflowDefinition<unknown, Output, never>;
}

/** How a run is read. */
export interface GetRunOptions {
  /** `false`: one look at the server, without content, error and step results. @default true */
  readonly stepResults?: boolean;
  readonly signal?: AbortSignal;
}

interface SourceOptions {
  readonly signal: AbortSignal | undefined;
  readonly from: number;
  readonly workflow: Owner;
}

/** Names its workflow where it is of one. */
type Owner = Pick<AnyWorkflow, 'name' | 'aliases'> | undefined;

/**
 * A client of one namespace of a Temporal server: it starts runs and reads them. It needs no worker, and a definition
 * only to check inputs and to name types.
 */
export class Outlast implements AsyncDisposable {
  /** @internal */
  readonly server: Server;
  readonly #operations: RunOperations = {
    wait: (runId, options) => this.waitForRun(runId, options),
    refresh: async (runId) => (await this.getRun(runId)) ?? missing(runId, undefined),
    cancel: (runId, options) => this.cancelRun(runId, options),
  };
  readonly #followings: Followings;

  /** @internal Use {@link connect}. */
  constructor(server: Server) {
    this.server = server;
    this.#followings = new Followings(server);
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
    const startable = typeof workflow === 'string' ? startableOf(workflow) : workflow;
    if (!isStreamed(startable.name, options)) return this.#run(startable, input, options);
    const { signal } = options;
    const started = this.#start(startable, input, options);
    return streamOf(
      started.then(({ runId }) =>
        this.#source<unknown>(runId, { signal, from: 0, workflow: undefined }),
      ),
    );
  }

  async #run(workflow: Startable, input: unknown, options: RunOptions): Promise<Run<unknown>> {
    const started = await this.#start(workflow, input, options);
    if (options.background === true) return started;
    const { signal } = options;
    return this.waitForRun(started.runId, {
      throwOnFailure: true,
      ...(signal !== undefined && { signal }),
    });
  }

  async #start(workflow: Startable, input: unknown, options: RunOptions): Promise<Run> {
    try {
      return runOf(await startRun(this.server, workflow, input, options), this.#operations);
    } catch (error) {
      if (!(error instanceof RunExistsError) || options.onExisting !== 'return') throw error;
      const existing = await this.getRun(error.runId);
      if (existing?.workflowName !== workflow.name) throw error;
      return existing;
    }
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
  async getRun<Output>(
    runId: string,
    options: GetRunOptions & OfWorkflow<Output> = {},
  ): Promise<Run<Output> | RunSummary | null> {
    const check = new Options('getRun');
    check.known(options, ['stepResults', 'signal', 'workflow']);
    const { stepResults = true, signal, workflow } = options;
    const id = checkedId(check, runId);
    if (id.startsWith(RESERVED_PREFIX)) return null;
    const facts = await (stepResults ? readRun : describe)(this.server, id, { signal });
    if (facts === null || !isOf(facts.workflowName, workflow)) return null;
    return 'stepResults' in facts
      ? runOf<Output>(facts, this.#operations)
      : summaryOf(facts, this.#operations);
  }

  /**
   * The latest runs, without their content: `getRun` has it. What has just happened may be missing for a moment:
   * Temporal's lists are eventually consistent.
   */
  async listRuns(options: ListOptions & OfWorkflow<unknown> = {}): Promise<RunSummary[]> {
    new Options('listRuns').known(options, [...LIST_OPTIONS, 'workflow']);
    const { workflow, ...rest } = options;
    const names = workflow === undefined ? null : [workflow.name, ...workflow.aliases];
    const listed = await listRuns(this.server, names, rest);
    return listed.map((facts) => summaryOf(facts, this.#operations));
  }

  /**
   * Waits until a run is finished, whatever its status is then. It is told by the server, so it neither sleeps nor
   * polls; a server that goes away is waited for up to a minute.
   *
   * @throws RunNotFoundError; WaitTimeoutError with the run as it is then; the signal's reason; ServerUnreachableError;
   * with `throwOnFailure` RunFailedError and RunCancelledError
   */
  async waitForRun<Output = Json>(
    runId: string,
    options: WaitOptions & OfWorkflow<Output> = {},
  ): Promise<FinishedRun<Output>> {
    const check = new Options('waitForRun');
    check.known(options, ['timeout', 'signal', 'onProgress', 'throwOnFailure', 'workflow']);
    const timeout = check.duration('timeout', options.timeout);
    const { signal, onProgress, throwOnFailure = false, workflow } = options;
    const id = checkedId(check, runId);
    if (workflow !== undefined) {
      const seen = await this.getRun(id, { stepResults: false, workflow });
      if (seen === null) missing(id, workflow);
    }
    const time = new AbortController();
    const timer =
      timeout === null
        ? undefined
        : setTimeout(() => {
            time.abort(new Error('time is over'));
          }, timeout);
    try {
      const facts = await waitForClose(this.server, id, {
        signal: signal === undefined ? time.signal : AbortSignal.any([time.signal, signal]),
        onProgress:
          onProgress &&
          ((each) => {
            onProgress(runOf(each, this.#operations));
          }),
      });
      const run = runOf<Output>(facts, this.#operations) as FinishedRun<Output>;
      if (throwOnFailure && run.status === 'failed') throw new RunFailedError(run);
      if (throwOnFailure && run.status === 'cancelled') throw new RunCancelledError(run);
      return run;
    } catch (error) {
      if (!time.signal.aborted || timeout === null || signal?.aborted === true) throw error;
      throw new WaitTimeoutError(id, timeout, await this.getRun(id).catch(() => null));
    } finally {
      clearTimeout(timer);
    }
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
    const { signal, from, runId: id } = streamingOf(runId, options);
    return streamOf(this.#source<Output>(id, { signal, from, workflow: options.workflow }));
  }

  async #source<Output>(
    runId: string,
    { signal, from, workflow }: SourceOptions,
  ): Promise<StreamSource<Output>> {
    const patient = new Patience(signal ?? new AbortController().signal);
    const description = await patient.with(() => describe(this.server, runId, { signal }));
    if (description === null || !isOf(description.workflowName, workflow)) missing(runId, workflow);
    return {
      runId,
      read: () =>
        readerOf((ends) => this.#followings.read<Output>(description, from, ends), signal),
      result: () => this.waitForRun(runId, signal === undefined ? {} : { signal }),
    };
  }

  /**
   * Waits by looking again and again, for programs that want to see each look; {@link waitForRun} needs none.
   *
   * @throws WaitTimeoutError with the run as it was last seen; the signal's reason
   */
  async pollRun<Output = Json>(
    runId: string,
    options: PollOptions<Output> & OfWorkflow<Output> = {},
  ): Promise<FinishedRun<Output>> {
    const check = new Options('pollRun');
    check.known(options, [...POLL_OPTIONS, 'workflow']);
    const polling = pollingOf(options);
    const { signal, workflow } = options;
    const id = checkedId(check, runId);
    const look = (): Promise<Run<Output> | null> =>
      this.getRun<Output>(id, {
        ...(signal !== undefined && { signal }),
        ...(workflow !== undefined && { workflow }),
      });
    const run = await poll(look, polling, options);
    if (run?.isFinished() === true) return run;
    throw new WaitTimeoutError(id, polling.timeout, run);
  }

  /**
   * Asks a run to end. Its running steps' signals fire within a second or so; those that ignore it are left behind
   * after the worker's `cancelGrace`. A run that no worker has taken is cancelled at once.
   *
   * @returns whether it was open. It may be so for a little longer: wait for it to see its end.
   * @throws RunNotFoundError
   */
  async cancelRun(
    runId: string,
    options: CancelOptions & OfWorkflow<unknown> = {},
  ): Promise<boolean> {
    const check = new Options('cancelRun');
    check.known(options, ['force', 'workflow']);
    const { workflow, ...rest } = options;
    const id = checkedId(check, runId);
    if (id.startsWith(RESERVED_PREFIX)) missing(id, workflow);
    if (workflow !== undefined) {
      const seen = await this.getRun(id, { stepResults: false, workflow });
      if (seen === null) missing(id, workflow);
    }
    return (await cancelRun(this.server, id, rest)) ?? missing(id, workflow);
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

function checkedId(check: Options, runId: unknown): string {
  return check.text('runId', runId ?? null) ?? '';
}

function isOf(workflowName: string, owner: Owner): boolean {
  return owner === undefined || [owner.name, ...owner.aliases].includes(workflowName);
}

function missing(runId: string, owner: Owner): never {
  throw new RunNotFoundError(runId, owner?.name ?? null);
}
