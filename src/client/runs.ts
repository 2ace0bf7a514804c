import type { AnyWorkflow } from '../definition/is-workflow.js';
import type { WorkflowDefinition } from '../definition/workflow.js';
import { RESERVED_PREFIX } from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import { cancelRun } from './cancel-run.js';
import { describe } from './describe.js';
import {
  RunCancelledError,
  RunExistsError,
  RunFailedError,
  RunNotFoundError,
  WaitTimeoutError,
} from './errors.js';
import { Followings } from './following.js';
import { LIST_OPTIONS, listRuns, type ListOptions } from './list-runs.js';
import { Options } from './options.js';
import { Patience } from './patience.js';
import { POLL_OPTIONS, poll, pollingOf, type PollOptions } from './poll.js';
import { readRun } from './read-run.js';
import {
  runOf,
  summaryOf,
  type CancelOptions,
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
import type { Server } from './server.js';
import { startRun, startableOf, type RunOptions, type Startable } from './start-run.js';
import { waitForClose } from './wait.js';

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

/** Names its workflow where it is of one. */
type Owner = Pick<AnyWorkflow, 'name' | 'aliases'> | undefined;

interface Looking {
  readonly signal?: AbortSignal | undefined;
  readonly workflow?: Owner;
}

interface SourceOptions extends Looking {
  readonly from: number;
}

/** What a client does with runs, each option of it checked. `Outlast` says what it means. */
export class Runs {
  readonly #operations: RunOperations = {
    wait: (runId, options) => this.wait(runId, options),
    refresh: async (runId) => (await this.#whole<Json>(runId, {})) ?? missing(runId, undefined),
    cancel: (runId, options) => this.cancel(runId, options),
  };
  readonly #followings: Followings;

  constructor(readonly server: Server) {
    this.#followings = new Followings(server);
  }

  run(
    workflow: AnyWorkflow | string,
    input: unknown,
    options: RunOptions,
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
    return this.wait(started.runId, {
      throwOnFailure: true,
      ...(signal !== undefined && { signal }),
    });
  }

  async #start(workflow: Startable, input: unknown, options: RunOptions): Promise<Run> {
    try {
      return runOf(await startRun(this.server, workflow, input, options), this.#operations);
    } catch (error) {
      if (!(error instanceof RunExistsError) || options.onExisting !== 'return') throw error;
      const existing = await this.#whole<Json>(error.runId, {});
      if (existing?.workflowName !== workflow.name) throw error;
      return existing;
    }
  }

  async get(
    runId: string,
    options: GetRunOptions & OfWorkflow<unknown> = {},
  ): Promise<Run<unknown> | RunSummary | null> {
    const check = new Options('getRun');
    check.known(options, ['stepResults', 'signal', 'workflow']);
    const id = checkedId(check, runId);
    return options.stepResults === false ? this.#summary(id, options) : this.#whole(id, options);
  }

  async #whole<Output>(runId: string, { signal, workflow }: Looking): Promise<Run<Output> | null> {
    const facts = isReserved(runId) ? null : await readRun(this.server, runId, { signal });
    const isTheirs = facts === null || !isOf(facts.workflowName, workflow);
    return isTheirs ? null : runOf<Output>(facts, this.#operations);
  }

  async #summary(runId: string, { signal, workflow }: Looking): Promise<RunSummary | null> {
    const facts = isReserved(runId) ? null : await describe(this.server, runId, { signal });
    const isTheirs = facts === null || !isOf(facts.workflowName, workflow);
    return isTheirs ? null : summaryOf(facts, this.#operations);
  }

  /** @throws RunNotFoundError for a run of another workflow, and what is none */
  async #belongs(runId: string, workflow: Owner): Promise<void> {
    if (isReserved(runId)) missing(runId, workflow);
    if (workflow === undefined) return;
    if ((await this.#summary(runId, { workflow })) === null) missing(runId, workflow);
  }

  async list(options: ListOptions & OfWorkflow<unknown>): Promise<RunSummary[]> {
    new Options('listRuns').known(options, [...LIST_OPTIONS, 'workflow']);
    const { workflow, ...rest } = options;
    const names = workflow === undefined ? null : [workflow.name, ...workflow.aliases];
    const listed = await listRuns(this.server, names, rest);
    return listed.map((facts) => summaryOf(facts, this.#operations));
  }

  async wait<Output>(
    runId: string,
    options: WaitOptions & OfWorkflow<Output> = {},
  ): Promise<FinishedRun<Output>> {
    const check = new Options('waitForRun');
    check.known(options, ['timeout', 'signal', 'onProgress', 'throwOnFailure', 'workflow']);
    const timeout = check.duration('timeout', options.timeout);
    const { signal, onProgress, throwOnFailure = false, workflow } = options;
    const id = checkedId(check, runId);
    await this.#belongs(id, workflow);
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
      throw new WaitTimeoutError(id, timeout, await this.#whole(id, {}).catch(() => null));
    } finally {
      clearTimeout(timer);
    }
  }

  stream<Output>(runId: string, options: StreamOptions & OfWorkflow<Output>): RunStream<Output> {
    const { signal, from, runId: id } = streamingOf(runId, options);
    return streamOf(this.#source<Output>(id, { signal, from, workflow: options.workflow }));
  }

  async #source<Output>(
    runId: string,
    { signal, from, workflow }: SourceOptions,
  ): Promise<StreamSource<Output>> {
    if (isReserved(runId)) missing(runId, workflow);
    const patient = new Patience(signal ?? new AbortController().signal);
    const description = await patient.with(() => describe(this.server, runId, { signal }));
    if (description === null || !isOf(description.workflowName, workflow)) missing(runId, workflow);
    return {
      runId,
      read: () =>
        readerOf((ends) => this.#followings.read<Output>(description, from, ends), signal),
      result: () => this.wait(runId, signal === undefined ? {} : { signal }),
    };
  }

  async poll<Output>(
    runId: string,
    options: PollOptions<Output> & OfWorkflow<Output>,
  ): Promise<FinishedRun<Output>> {
    const check = new Options('pollRun');
    check.known(options, [...POLL_OPTIONS, 'workflow']);
    const polling = pollingOf(options);
    const { signal, workflow } = options;
    const id = checkedId(check, runId);
    const look = (): Promise<Run<Output> | null> => this.#whole(id, { signal, workflow });
    const run = await poll(look, polling, options);
    if (run?.isFinished() === true) return run;
    throw new WaitTimeoutError(id, polling.timeout, run);
  }

  async cancel(runId: string, options: CancelOptions & OfWorkflow<unknown> = {}): Promise<boolean> {
    const check = new Options('cancelRun');
    check.known(options, ['force', 'workflow']);
    const { workflow, ...rest } = options;
    const id = checkedId(check, runId);
    await this.#belongs(id, workflow);
    return (await cancelRun(this.server, id, rest)) ?? missing(id, workflow);
  }
}

function checkedId(check: Options, runId: unknown): string {
  return check.text('runId', runId ?? null) ?? '';
}

function isReserved(runId: string): boolean {
  return runId.startsWith(RESERVED_PREFIX);
}

function isOf(workflowName: string, owner: Owner): boolean {
  return owner === undefined || [owner.name, ...owner.aliases].includes(workflowName);
}

function missing(runId: string, owner: Owner): never {
  throw new RunNotFoundError(runId, owner?.name ?? null);
}
