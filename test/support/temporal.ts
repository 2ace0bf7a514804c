import { randomUUID } from 'node:crypto';
import { afterAll, inject, onTestFinished } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import type { AnyWorkflow } from '../../src/definition/is-workflow.js';
import { registryOf } from '../../src/definition/registry.js';
import type { FinishedRun, Run } from '../../src/index.js';
import type { Entry, WorkflowEntry } from '../../src/plan/executor.js';
import { REGISTRY_OPTION } from '../../src/worker/create-worker.js';
import {
  createWorker,
  type CreateWorkerOptions,
  type OutlastWorker,
} from '../../src/worker/index.js';
import { CACHE } from './cache.js';
import './quiet.js';

/** A queue, a client whose runs go there, and workers. */
export interface SharedBed {
  readonly address: string;
  readonly taskQueue: string;
  readonly client: Outlast;
  /** Has a worker serve them. */
  readonly worker: (workflows: readonly AnyWorkflow[]) => Promise<unknown>;
  /** Runs a workflow to its end, on the worker that the tests of a file share. */
  readonly complete: (
    workflow: AnyWorkflow,
    input?: unknown,
    options?: object,
  ) => Promise<FinishedRun>;
}

/** A queue that is nobody else's: nothing is served there until a worker is asked for. */
export interface TestBed extends SharedBed {
  /** Starts a worker, which ends with the test at the latest. */
  readonly worker: (
    workflows: readonly AnyWorkflow[],
    options?: Partial<CreateWorkerOptions>,
  ) => Promise<OutlastWorker>;
}

/** A bed for one test; it is cleared away when the test ends. */
export async function testBed(): Promise<TestBed> {
  const { address, uiUrl } = inject('temporal');
  const taskQueue = `test-${randomUUID()}`;
  const client = await connect({ address, uiUrl, taskQueue });
  onTestFinished(() => client.close());
  return {
    address,
    taskQueue,
    client,
    async worker(workflows, options = {}) {
      const worker = await createWorker({
        workflows,
        taskQueue,
        connection: { address },
        ...CACHE,
        ...options,
      });
      const running = worker.run();
      onTestFinished(async () => {
        await worker.close();
        await running;
      });
      return worker;
    },
    async complete(workflow, input, options) {
      const { complete } = await sharedBed();
      return complete(workflow, input, options);
    },
  };
}

let shared: Promise<SharedBed & { readonly close: () => Promise<void> }> | undefined;

afterAll(async () => (await shared)?.close());

/**
 * The bed that the tests of a file share, with one worker, which takes longer to start than most runs. A workflow that
 * it is given takes the place of the one before of its name.
 */
export function sharedBed(): Promise<SharedBed> {
  shared ??= makeSharedBed();
  return shared;
}

async function makeSharedBed(): Promise<SharedBed & { readonly close: () => Promise<void> }> {
  const { address, uiUrl } = inject('temporal');
  const taskQueue = `test-shared-${randomUUID()}`;
  const client = await connect({ address, uiUrl, taskQueue });
  const registry = { workflows: new Map<string, WorkflowEntry>(), calls: new Map<string, Entry>() };
  const serve = async (workflows: readonly AnyWorkflow[]): Promise<() => Promise<void>> => {
    const worker = await createWorker({
      workflows,
      taskQueue,
      connection: { address },
      ...CACHE,
      [REGISTRY_OPTION]: registry,
    });
    const running = worker.run();
    return async () => {
      await worker.close();
      await running;
    };
  };
  let serving: ReturnType<typeof serve> | undefined;
  const bed: SharedBed = {
    address,
    taskQueue,
    client,
    async worker(workflows) {
      const more = registryOf(workflows, taskQueue);
      for (const [name, entry] of more.workflows) registry.workflows.set(name, entry);
      for (const [key, entry] of more.calls) registry.calls.set(key, entry);
      await (serving ??= serve(workflows));
    },
    async complete(workflow, input, options = {}) {
      await bed.worker([workflow]);
      const run = await client.run(workflow, input as never, { ...options, background: true });
      return finished(run as Run);
    },
  };
  return {
    ...bed,
    async close() {
      await (
        await serving
      )?.();
      await client.close();
    },
  };
}

/**
 * Waits for a run's end; says why when it is stuck.
 *
 * @param within Milliseconds.
 */
export async function finished(run: Run, within = 50_000): Promise<FinishedRun> {
  return run.wait({
    timeout: within,
    onProgress({ health }) {
      if (health.state === 'stalled') {
        throw new Error(`The workflow task fails: ${health.message}`);
      }
    },
  });
}
