import { WorkflowDefinition } from '../definition/workflow.js';
import type { Json } from '../plan/json.js';
import { defaultClient } from './default-client.js';
import type { ListOptions } from './list-runs.js';
import type { GetRunOptions, Outlast } from './outlast.js';
import type { PollOptions } from './poll.js';
import type {
  CancelOptions,
  CompletedRun,
  FinishedRun,
  Run,
  RunSummary,
  WaitOptions,
} from './run.js';
import type { RunOptions } from './start-run.js';

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
   * what finds it again; otherwise when the run is complete.
   *
   * @throws OptionError; InputError, InputTooLargeError, RunExistsError: nothing was started; ServerUnreachableError;
   * without `background` RunFailedError and RunCancelledError, which carry the run.
   */
  run(
    input: Given | undefined,
    options: RunOptions & ClientOption & { readonly background: true },
  ): Promise<Run<Output>>;
  run(
    input?: Given,
    options?: RunOptions & ClientOption & { readonly background?: false },
  ): Promise<CompletedRun<Output>>;
  async run(
    input?: Given,
    { client, background, ...options }: RunOptions & ClientOption = {},
  ): Promise<Run<Output>> {
    const outlast = client ?? (await defaultClient());
    return background === true
      ? outlast.run(this, input, { ...options, background })
      : outlast.run(this, input, options);
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
    const outlast = client ?? (await defaultClient());
    return stepResults
      ? outlast.getRun<Output>(runId, { ...options, workflow: this })
      : outlast.getRun(runId, { ...options, stepResults, workflow: this });
  }

  /** The latest runs of this workflow. @see Outlast.listRuns */
  async listRuns({ client, ...options }: ListOptions & ClientOption = {}): Promise<RunSummary[]> {
    return (client ?? (await defaultClient())).listRuns({ ...options, workflow: this });
  }

  /** Waits until a run is finished, whatever its status is then. @see Outlast.waitForRun */
  async waitForRun(
    runId: string,
    { client, ...options }: WaitOptions & ClientOption = {},
  ): Promise<FinishedRun<Output>> {
    return (client ?? (await defaultClient())).waitForRun(runId, { ...options, workflow: this });
  }

  /** Waits by looking again and again. @see Outlast.pollRun */
  async pollRun(
    runId: string,
    { client, ...options }: PollOptions<Output> & ClientOption = {},
  ): Promise<FinishedRun<Output>> {
    return (client ?? (await defaultClient())).pollRun(runId, { ...options, workflow: this });
  }

  /** Asks a run to end; whether it was open. @see Outlast.cancelRun */
  async cancelRun(
    runId: string,
    { client, ...options }: CancelOptions & ClientOption = {},
  ): Promise<boolean> {
    return (client ?? (await defaultClient())).cancelRun(runId, { ...options, workflow: this });
  }
}
