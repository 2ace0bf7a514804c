import type { ConnectionConfig } from '../client/config.js';
import { configure, configured } from '../client/default-client.js';
import { Options } from '../client/options.js';
import { connect, type Outlast } from '../client/outlast.js';
import { compile } from '../definition/compile.js';
import type { AnyWorkflow, Runnable } from '../definition/is-workflow.js';
import { withNested } from '../definition/registry.js';
import { DEFAULT_TASK_QUEUE } from '../plan/contract.js';
import { OptionError } from '../plan/errors.js';
import type { PlanNode } from '../plan/plan.js';
import { createWorker, type ModelsOptions, type OutlastWorker } from '../worker/create-worker.js';
import { startDevServer, type DevServer, type StartDevServerOptions } from './dev-server.js';

export interface StartLocalOptions extends StartDevServerOptions {
  /** What is run here, on whichever queues it and its steps name: workflows, and agents and teams by themselves. */
  readonly workflows: readonly Runnable[];
  /** What agents' models may use here. */
  readonly models?: ModelsOptions;
}

/** A Temporal dev server, and workers in this process. It is also the server of this process's default client. */
export interface Local
  extends
    AsyncDisposable,
    Pick<DevServer, 'address' | 'uiUrl' | 'namespace' | 'file' | 'cli' | 'exited'> {
  readonly client: Outlast;
  /** Lets steps under way end (10 s at most), then stops workers and server. May be called again. */
  close(): Promise<void>;
}

/**
 * Everything that it takes to run workflows, in this process: for development, tests and programs of one machine. Once
 * it resolves, `workflow.run(…)` works without further configuration. Ctrl-C lets steps under way end (10 s at most), and
 * ends the process and all of this with it; a program that listens for SIGINT itself goes on, without it.
 *
 * @throws what `startDevServer` throws; DefinitionError, OptionError
 */
export async function startLocal(options: StartLocalOptions): Promise<Local> {
  const { models, ...given } = options;
  const { workflows, ...serverOptions } = { ...given, workflows: check(options) };
  const queues = queuesOf(workflows);
  const server = await startDevServer(serverOptions);
  const parts: AsyncDisposable[] = [server];
  try {
    const config = configOf(server);
    const workers: OutlastWorker[] = [];
    for (const taskQueue of queues) {
      const worker = await createWorker({
        ...{ workflows, taskQueue, connection: config },
        ...(models !== undefined && { models }),
      });
      workers.push(worker);
      parts.push(worker);
    }
    const client = await connect(config);
    parts.push(client);
    return new RunningLocal(server, workers, client);
  } catch (error) {
    for (const part of parts.reverse()) await part[Symbol.asyncDispose]();
    throw error;
  }
}

class RunningLocal implements Local {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly file: string | null;
  readonly cli: DevServer['cli'];
  readonly exited: DevServer['exited'];
  readonly #before = configured();
  #closing: Promise<void> | null = null;

  constructor(
    readonly server: DevServer,
    readonly workers: readonly OutlastWorker[],
    readonly client: Outlast,
  ) {
    const { address, uiUrl, namespace } = server;
    this.address = address;
    this.uiUrl = uiUrl;
    this.namespace = namespace;
    this.file = server.file;
    this.cli = server.cli;
    this.exited = server.exited;
    configure(configOf(server));
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    for (const worker of workers) {
      void worker.run().catch(async (error: unknown) => {
        // A worker fails for good only when its server is gone: nothing here goes on then.
        if (this.#closing !== null) return;
        await this.close();
        throw error;
      });
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    await this.client.close();
    configure(this.#before);
    await this.server.close();
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    void this.#endBy(signal);
  };

  async #endBy(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    for (const each of SIGNALS) process.off(each, this.#onSignal);
    if (process.listenerCount(signal) > 0) return this.close();
    // As it would have ended without us, and the server with it: closed before, it would fail the program's calls, and
    // a program that was only waiting would end with an error.
    process.kill(process.pid, signal);
  }
}

/** Of this server alone: a key or TLS that the environment has is for another. */
function configOf({ address, namespace, uiUrl }: DevServer): ConnectionConfig {
  return { address, namespace, uiUrl, tls: false, apiKey: '' };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function check(options: StartLocalOptions): readonly AnyWorkflow[] {
  const at = 'startLocal';
  if ('db' in options) {
    throw new OptionError({
      at,
      option: 'db',
      must: "be left out: the Temporal server keeps the runs. Give `file: 'tmp/workflow.db'` to have them kept when the process has ended",
    });
  }
  return new Options(at).workflows('workflows', options.workflows);
}

/** Every queue that a worker is needed for. */
function queuesOf(workflows: readonly AnyWorkflow[]): ReadonlySet<string> {
  const own = workflows.map(({ taskQueue }) => taskQueue ?? DEFAULT_TASK_QUEUE);
  const named = [...withNested(workflows)].flatMap((each) => queuesIn(compile(each).plan.steps));
  return new Set([...own, ...named]);
}

function queuesIn(nodes: readonly PlanNode[]): string[] {
  return nodes.flatMap((node) => {
    if ('steps' in node) return queuesIn(node.steps);
    const own = node.taskQueue ?? [];
    if (node.kind !== 'agent') return own;
    const ofTools = node.tools.flatMap(({ taskQueue }) => taskQueue ?? []);
    return [own, ofTools, queuesIn(node.team?.members ?? [])].flat();
  });
}
