import { WorkflowDefinition } from '../definition/workflow.js';
import type { Json, JsonObject } from '../plan/json.js';
import { defaultClient } from './default-client.js';
import type { ListOptions } from './list-runs.js';
import type { Outlast } from './outlast.js';
import type { GetRunOptions } from './runs.js';
import type { PollOptions } from './poll.js';
import type {
  CancelOptions,
  CompletedRun,
  FinishedRun,
  Run,
  RunSummary,
  WaitOptions,
} from './run.js';
import type {
  ListSessionsOptions,
  Session,
  SessionSummary,
  UpdateSessionOptions,
} from './sessions.js';
import {
  isStreamed,
  later,
  streamingOf,
  type RunStream,
  type StreamOptions,
} from './run-stream.js';
import type {
  AwaitedOptions,
  BackgroundOptions,
  RunOptions,
  StreamedOptions,
} from './start-run.js';

/** Whose server it is. */
export interface ClientOption {
  /** @default the client of the process: see `configure` */
  readonly client?: Outlast;
}

/**
 * A workflow: a name and nodes. It holds no state; each run of it stands on its own, on the Temporal server, and can be
 * read from any process by its id.
 *
 * | here | Temporal Web UI | example |
 * |---|---|---|
 * | `runId` | Workflow ID | `deep-research-019a…` |
 * | `temporalRunId` | Run ID | `019a…`: another after a reset |
 * | `workflowId` | (in the memo) | `deep-research`: the definition's `id` |
 * | `workflowName` | Workflow Type | `Deep Research`: the definition's `name` |
 *
 * Its input is typed by `inputSchema`. Its output is JSON unless you say more, as in `new Workflow<Topic, Report>`: it isn't
 * inferred from the last step, for a `stop` or a skipped step may end a run with another content.
 *
 * @throws DefinitionError when anything in the definition is wrong: no run dies of it an hour later.
 */
export class Workflow<Input = Json, Output = Json, Given = Input> extends WorkflowDefinition<
  Input,
  Output,
  Given
> {
  /**
   * Starts a run. With `background: true` it resolves as soon as the server has it, with a `Run` of which `runId` is
   * what finds it again; otherwise when the run is complete. With `stream: true` it returns the run's events at once,
   * without a promise.
   *
   * @throws OptionError; InputError, InputTooLargeError, RunExistsError: nothing was started; ServerUnreachableError. A
   * stream throws them when it is read. Without `background` and `stream` RunFailedError and RunCancelledError, which carry the run.
   */
  run(input: Given | undefined, options: BackgroundOptions & ClientOption): Promise<Run<Output>>;
  run(input: Given | undefined, options: StreamedOptions & ClientOption): RunStream<Output>;
  run(input?: Given, options?: AwaitedOptions & ClientOption): Promise<CompletedRun<Output>>;
  run(
    input?: Given,
    options: RunOptions & ClientOption = {},
  ): Promise<Run<Output>> | RunStream<Output> {
    if (!isStreamed(this.name, options)) return this.#run(input, options);
    const { client, background: _background, ...rest } = options;
    return later(
      clientOf(client).then((outlast) => outlast.run(this, input, { ...rest, stream: true })),
    );
  }

  async #run(
    input: Given | undefined,
    { client, background, stream: _stream, ...options }: RunOptions & ClientOption,
  ): Promise<Run<Output>> {
    const outlast = await clientOf(client);
    return background === true
      ? outlast.run(this, input, { ...options, background })
      : outlast.run(this, input, options);
  }

  /** The events of a run of this workflow, open or finished, from an offset on. @see Outlast.streamRun */
  streamRun(
    runId: string,
    { client, ...options }: StreamOptions & ClientOption = {},
  ): RunStream<Output> {
    streamingOf(runId, options);
    return later(
      clientOf(client).then((outlast) => outlast.streamRun(runId, { ...options, workflow: this })),
    );
  }

  /**
   * A run of this workflow as it is now, from its history: no worker has to run. `null` for an id that doesn't exist or
   * is another workflow's; never for a run that `run` has returned.
   */
  getRun(
    runId: string,
    options: GetRunOptions & ClientOption & { readonly stepResults: false },
  ): Promise<RunSummary | null>;
  getRun(
    runId: string,
    options?: GetRunOptions & ClientOption & { readonly stepResults?: true },
  ): Promise<Run<Output> | null>;
  async getRun(
    runId: string,
    { client, stepResults = true, ...options }: GetRunOptions & ClientOption = {},
  ): Promise<Run<Output> | RunSummary | null> {
    const outlast = await clientOf(client);
    return stepResults
      ? outlast.getRun<Output>(runId, { ...options, workflow: this })
      : outlast.getRun(runId, { ...options, stepResults, workflow: this });
  }

  /** The latest runs of this workflow. @see Outlast.listRuns */
  async listRuns({ client, ...options }: ListOptions & ClientOption = {}): Promise<RunSummary[]> {
    return (await clientOf(client)).listRuns({ ...options, workflow: this });
  }

  /** Waits until a run is finished, whatever its status is then. @see Outlast.waitForRun */
  async waitForRun(
    runId: string,
    { client, ...options }: WaitOptions & ClientOption = {},
  ): Promise<FinishedRun<Output>> {
    return (await clientOf(client)).waitForRun(runId, { ...options, workflow: this });
  }

  /** Waits by looking again and again. @see Outlast.pollRun */
  async pollRun(
    runId: string,
    { client, ...options }: PollOptions<Output> & ClientOption = {},
  ): Promise<FinishedRun<Output>> {
    return (await clientOf(client)).pollRun(runId, { ...options, workflow: this });
  }

  /** Asks a run to end; whether it was open. @see Outlast.cancelRun */
  async cancelRun(
    runId: string,
    { client, ...options }: CancelOptions & ClientOption = {},
  ): Promise<boolean> {
    return (await clientOf(client)).cancelRun(runId, { ...options, workflow: this });
  }

  /** What the runs of a session share; `null` where there is none. @see Outlast.getSession */
  async getSession(sessionId: string, { client }: ClientOption = {}): Promise<Session | null> {
    return (client ?? (await defaultClient())).getSession(sessionId);
  }

  /** Sets keys of a session's state, and gives the state after it. @see Outlast.updateSessionState */
  async updateSessionState(
    sessionId: string,
    state: JsonObject,
    { client, ...options }: UpdateSessionOptions & ClientOption = {},
  ): Promise<JsonObject> {
    const outlast = client ?? (await defaultClient());
    return outlast.updateSessionState(sessionId, state, { ...options, workflow: this });
  }

  /** Gives a session a name. @see Outlast.renameSession */
  async renameSession(
    sessionId: string,
    name: string,
    { client }: ClientOption = {},
  ): Promise<void> {
    const outlast = client ?? (await defaultClient());
    return outlast.renameSession(sessionId, name, { workflow: this });
  }

  /** Deletes a session, not its runs; whether there was one. @see Outlast.deleteSession */
  async deleteSession(sessionId: string, { client }: ClientOption = {}): Promise<boolean> {
    return (client ?? (await defaultClient())).deleteSession(sessionId);
  }

  /** Sessions of the namespace, whichever workflows run in them. @see Outlast.listSessions */
  async listSessions({ client, ...options }: ListSessionsOptions & ClientOption = {}): Promise<
    SessionSummary[]
  > {
    return (client ?? (await defaultClient())).listSessions(options);
  }
}

async function clientOf(client: Outlast | undefined): Promise<Outlast> {
  return client ?? (await defaultClient());
}
