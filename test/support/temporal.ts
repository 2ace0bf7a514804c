import { randomUUID } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import type { FinishedRun, Run } from '../../src/index.js';
import type { AnyWorkflow } from '../../src/definition/is-workflow.js';
import {
  createWorker,
  type CreateWorkerOptions,
  type OutlastWorker,
} from '../../src/worker/index.js';
import { CACHE } from './cache.js';
import './quiet.js';
import { shared } from './shared-worker.js';

/** A queue that is nobody else's, and a client whose runs go there. */
export interface TestBed {
  readonly address: string;
  readonly taskQueue: string;
  readonly client: Outlast;
  /** Starts a worker, which ends with the test at the latest. */
  readonly worker: (
    workflows: readonly AnyWorkflow[],
    options?: Partial<CreateWorkerOptions>,
  ) => Promise<OutlastWorker>;
  /** Runs a workflow to its end, on a worker that the tests of a file share. */
  readonly complete: (
    workflow: AnyWorkflow,
    input?: unknown,
    options?: object,
  ) => Promise<FinishedRun>;
}

/** A bed for one test; it is cleared away when the test ends. */
export async function testBed(): Promise<TestBed> {
  const { address, uiUrl } = inject('temporal');
  const taskQueue = `test-${randomUUID()}`;
  const client = await connect({ address, uiUrl, taskQueue });
  onTestFinished(() => client.close());
  const bed: TestBed = {
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
    async complete(workflow, input, options = {}) {
      const sharing = await shared(workflow);
      const run = await sharing.run(workflow, input as never, { ...options, background: true });
      return finished(run as Run);
    },
  };
  return bed;
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
