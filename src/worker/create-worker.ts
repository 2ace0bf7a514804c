import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import type { ModelSettings } from '../activities/models/access.js';
import { resolveConfig, type ConnectionConfig, type ResolvedConfig } from '../client/config.js';
import { ServerUnreachableError } from '../client/connection-error.js';
import { Options } from '../client/options.js';
import { callsOf, readSession, tellSession } from '../client/session-store.js';
import { registryOf } from '../definition/registry.js';
import type { AnyWorkflow, Runnable } from '../definition/is-workflow.js';
import { DEFAULT_TASK_QUEUE } from '../plan/contract.js';
import type { Duration } from '../plan/duration.js';
import type { Registry } from '../plan/executor.js';
import type { ModelProvider } from '../plan/model.js';
import { isOurs } from '../plan/providers.js';
import { bundlePath } from './bundle-path.js';
import { useReadableLog } from './log.js';

export interface CreateWorkerOptions {
  /** The workflows that this worker may run: those of its queue, and the steps of any that name it. */
  readonly workflows: readonly Runnable[];
  /** The one queue that it serves. @default 'outlast' */
  readonly taskQueue?: string;
  /** Where the server is, or an open connection of yours, which `close` leaves open. @default TEMPORAL_*, `temporal.toml` */
  readonly connection?: ConnectionConfig | NativeConnection;
  /** Only with an open connection of yours. @default 'default' */
  readonly namespace?: string;
  /** What agents' models may use in this process. */
  readonly models?: ModelsOptions;
  /** Steps under way at once in this process. @default 100 */
  readonly concurrency?: number;
  /** How long a cancelled step may take to end before it is left behind. @default '10 seconds' */
  readonly cancelGrace?: Duration;
  /** How long steps may go on after the worker was told to stop; then they begin again elsewhere. @default '10 seconds' */
  readonly shutdownGrace?: Duration;
  /** Runs whose state stays in memory between their steps; the others are replayed from history. @default by memory */
  readonly maxCachedWorkflows?: number;
  /** @internal Events after which runs go on in another execution. */
  readonly [SEGMENT_EVENTS_OPTION]?: number;
  /** @internal What it serves, instead of `workflows`; more may come to it. */
  readonly [REGISTRY_OPTION]?: Registry;
}

/**
 * For tests of what runs do when their history is long.
 *
 * @internal
 */
export const SEGMENT_EVENTS_OPTION: unique symbol = Symbol.for('outlast.segmentEvents');

/**
 * For tests that share a worker, which takes longer to start than their runs.
 *
 * @internal
 */
export const REGISTRY_OPTION: unique symbol = Symbol.for('outlast.registry');

/** What agents' models may use on a worker. Their keys are read from its environment when a model is called. */
export interface ModelsOptions {
  /**
   * Addresses that may be sent a key, beside the providers' own and those that the worker's environment gives for them
   * (`OPENAI_BASE_URL` and the like): `['https://llm.example.com/v1']`. What lies below one of them is trusted too.
   * @default none
   */
  readonly trustedBaseURLs?: readonly string[];
  /**
   * Providers of your own, by the names that `customModel` calls them by.
   * @default none
   */
  readonly providers?: Readonly<Record<string, ModelProvider>>;
}

/** A worker of one queue. */
export interface OutlastWorker extends AsyncDisposable {
  readonly taskQueue: string;
  /**
   * Serves until it is told to stop: by `close`, SIGINT or SIGTERM. Then it takes nothing new, gives what is under way
   * its grace, and resolves. Rejects when the server refuses it for good.
   */
  run(): Promise<void>;
  /** Stops it and resolves when it has stopped. Further calls do the same. */
  close(): Promise<void>;
}

const KNOWN: readonly string[] = [
  ...['workflows', 'taskQueue', 'connection', 'namespace', 'models', 'concurrency'],
  ...['cancelGrace', 'shutdownGrace', 'maxCachedWorkflows'],
];

const DEFAULT_GRACE = 10_000;
/** How long a worker waits for its server to answer at all. */
const CONNECT_TIMEOUT = 5_000;
/** Workflow tasks at once: the SDK's own default. */
const MAX_WORKFLOW_TASKS = 40;
/** After the grace, for steps that ignore that the worker stops. */
const FORCE_MARGIN = 5_000;
/** Milliseconds that a worker takes to stop at most, with the graces that it has by default. */
export const STOPS_WITHIN: number = 2 * DEFAULT_GRACE + FORCE_MARGIN;

/**
 * Connects a worker. It polls from `run` on.
 *
 * @throws OptionError, DefinitionError; ServerUnreachableError when no server answers within 5 seconds; ConfigError
 */
export async function createWorker(options: CreateWorkerOptions): Promise<OutlastWorker> {
  const checked = check(options);
  const { taskQueue, registry } = checked;
  useReadableLog();
  const { connection, namespace, config, own } = await connected(options);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(registry.workflows.size > 0 && { workflowBundle: { codePath: bundlePath() } }),
    activities: createActivities({
      ...{ registry, taskQueue, cancelGrace: checked.cancelGrace },
      segment: options[SEGMENT_EVENTS_OPTION],
      models: { env: process.env, ...checked.models },
      sessions: {
        read: (client, ...rest) => readSession(callsOf(client), ...rest),
        tell: (client, ...rest) => tellSession(callsOf(client), ...rest),
      },
    }),
    maxConcurrentActivityTaskExecutions: checked.concurrency,
    // Cancellations arrive with heartbeats, and what models write goes along: they are sent as often as they are made, which is
    // once a second, and five times by a model that writes.
    maxHeartbeatThrottleInterval: 100,
    defaultHeartbeatThrottleInterval: 100,
    // Of a worker that is gone, a run's next task waits so long before another one gets it.
    stickyQueueScheduleToStartTimeout: '2 seconds',
    shutdownGraceTime: checked.shutdownGrace,
    shutdownForceTime: checked.shutdownGrace + checked.cancelGrace + FORCE_MARGIN,
    ...(config?.dataConverter !== undefined && { dataConverter: config.dataConverter }),
    ...cacheOptions(checked.maxCachedWorkflows),
  }).catch(async (error: unknown) => {
    if (own) await connection.close();
    throw error;
  });
  return new RunningWorker(worker, taskQueue, async () => {
    await closeTools(registry);
    if (own) await connection.close();
  });
}

/**
 * With the cache full, the SDK makes room by evicting the run that was used least recently, also in the middle of the
 * local activity that gives its plan: its workflow task then takes until its time-out of 10 s, and without any cache 40
 * runs that start at once never come through. With no more than half of the cache's runs at work there is one to evict.
 */
function cacheOptions(
  maxCachedWorkflows: number | undefined,
): Pick<WorkerOptions, 'maxCachedWorkflows' | 'maxConcurrentWorkflowTaskExecutions'> {
  if (maxCachedWorkflows === undefined) return {};
  const atWork = Math.min(Math.floor(maxCachedWorkflows / 2), MAX_WORKFLOW_TASKS);
  return {
    maxCachedWorkflows,
    maxConcurrentWorkflowTaskExecutions: Math.max(atWork, maxCachedWorkflows === 0 ? 1 : 2),
  };
}

/** Tools may keep something open between calls: a server that one started is to end with the worker. */
async function closeTools({ calls }: Registry): Promise<void> {
  const tools = [...calls.values()].flatMap((entry) =>
    entry.kind === 'agent' ? [...entry.tools.values()] : [],
  );
  // Those of one server are closed by one function.
  const closes = new Set(tools.flatMap(({ close }) => close ?? []));
  await Promise.all([...closes].map((close) => close()));
}

class RunningWorker implements OutlastWorker {
  #running: Promise<void> | null = null;

  constructor(
    readonly worker: Worker,
    readonly taskQueue: string,
    /** Closes what was opened for the worker. */
    readonly ended: () => Promise<void>,
  ) {}

  run(): Promise<void> {
    this.#running ??= this.worker.run().finally(this.ended);
    return this.#running;
  }

  async close(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.ended();
    } else if (this.worker.getState() === 'RUNNING') {
      this.worker.shutdown();
    }
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Checked {
  readonly taskQueue: string;
  readonly registry: Registry;
  readonly concurrency: number;
  readonly cancelGrace: number;
  readonly shutdownGrace: number;
  readonly maxCachedWorkflows: number | undefined;
  readonly models: Omit<ModelSettings, 'env'>;
}

function check(options: CreateWorkerOptions): Checked {
  const check = new Options('createWorker');
  check.known(options, KNOWN);
  const { concurrency = 100, maxCachedWorkflows } = options;
  const workflows = check.workflows('workflows', options.workflows);
  const configured = isConfig(options.connection) ? options.connection.taskQueue : undefined;
  const taskQueue = check.text('taskQueue', options.taskQueue ?? configured) ?? DEFAULT_TASK_QUEUE;
  const registry = options[REGISTRY_OPTION] ?? registryOf(workflows, taskQueue);
  if (registry.workflows.size === 0 && registry.calls.size === 0) {
    const queues = `be a queue that the workflows or a step of them are on (${queuesOf(workflows)})`;
    check.fail('taskQueue', queues, taskQueue);
  }
  return {
    taskQueue,
    registry,
    models: checkedModels(options.models),
    concurrency: check.integer('concurrency', concurrency, 1),
    maxCachedWorkflows:
      maxCachedWorkflows === undefined
        ? undefined
        : check.integer('maxCachedWorkflows', maxCachedWorkflows, 0),
    cancelGrace: check.duration('cancelGrace', options.cancelGrace) ?? DEFAULT_GRACE,
    shutdownGrace: check.duration('shutdownGrace', options.shutdownGrace) ?? DEFAULT_GRACE,
  };
}

function checkedModels(models: ModelsOptions = {}): Checked['models'] {
  const check = new Options('createWorker: `models`');
  check.known(models, ['trustedBaseURLs', 'providers']);
  const { trustedBaseURLs, providers }: { [K in keyof ModelsOptions]?: unknown } = models;
  return {
    trustedBaseURLs: trusted(check, trustedBaseURLs ?? []),
    providers: ownProviders(check, providers ?? {}),
  };
}

function ownProviders(check: Options, given: unknown): ReadonlyMap<string, ModelProvider> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return check.fail('providers', 'be an object of providers by their names', given);
  return new Map(
    Object.entries(given).map(([name, provider]) => {
      if (isOurs(name)) check.fail('providers', 'have names that none of ours has', name);
      if (!isProvider(provider))
        check.fail(`providers.${name}`, 'have a method `answer`', provider);
      return [name, provider];
    }),
  );
}

function isProvider(value: unknown): value is ModelProvider {
  return typeof (value as Partial<ModelProvider> | null | undefined)?.answer === 'function';
}

function trusted(check: Options, trustedBaseURLs: unknown): readonly string[] {
  if (!Array.isArray(trustedBaseURLs))
    return check.fail('trustedBaseURLs', 'be a list of addresses', trustedBaseURLs);
  return Array.from(trustedBaseURLs, (url: unknown) =>
    typeof url === 'string' && URL.canParse(url)
      ? url
      : check.fail('trustedBaseURLs', "hold addresses such as 'https://llm.example.com/v1'", url),
  );
}

function queuesOf(workflows: readonly AnyWorkflow[]): string {
  return workflows
    .map(({ name, taskQueue }) => `${name}: '${taskQueue ?? DEFAULT_TASK_QUEUE}'`)
    .join(', ');
}

function isConfig(connection: CreateWorkerOptions['connection']): connection is ConnectionConfig {
  return connection !== undefined && !(connection instanceof NativeConnection);
}

interface Connected {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: ResolvedConfig | null;
  /** Made here, so closed here. */
  readonly own: boolean;
}

async function connected({ connection, namespace }: CreateWorkerOptions): Promise<Connected> {
  if (connection instanceof NativeConnection) {
    return { connection, namespace: namespace ?? 'default', config: null, own: false };
  }
  const config = resolveConfig(connection ?? {});
  return {
    connection: await open(config),
    namespace: namespace ?? config.namespace,
    config,
    own: true,
  };
}

async function open(config: ResolvedConfig): Promise<NativeConnection> {
  const { address, apiKey, tls, metadata } = config;
  const opening = NativeConnection.connect({
    address,
    ...(apiKey !== undefined && { apiKey }),
    ...(tls !== undefined && { tls }),
    ...(metadata !== undefined && { metadata }),
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(CONNECT_TIMEOUT)} ms`));
    }, CONNECT_TIMEOUT);
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    opening.then(
      (connection) => connection.close(),
      () => undefined,
    );
    throw new ServerUnreachableError(address, error);
  } finally {
    clearTimeout(timer);
  }
}
