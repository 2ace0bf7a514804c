import { randomUUID } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import type { AnyWorkflow } from '../../src/definition/is-workflow.js';
import { registryOf } from '../../src/definition/registry.js';
import type { Entry, WorkflowEntry } from '../../src/plan/executor.js';
import { createWorker, REGISTRY_OPTION } from '../../src/worker/create-worker.js';
import { CACHE } from './cache.js';

/** A worker that takes on one workflow after the other, and a client whose runs go to it. */
interface SharedWorker {
  readonly client: Outlast;
  /** From now on it serves this one, and no other of its name. */
  readonly serve: (workflow: AnyWorkflow) => void;
  readonly close: () => Promise<void>;
}

let started: Promise<SharedWorker> | undefined;

afterAll(async () => {
  const worker = await started;
  await worker?.close();
});

/** A client of the worker that the tests of a file share, which serves the workflow. */
export async function shared(workflow: AnyWorkflow): Promise<Outlast> {
  started ??= start(workflow);
  const worker = await started;
  worker.serve(workflow);
  return worker.client;
}

async function start(first: AnyWorkflow): Promise<SharedWorker> {
  const { address, uiUrl } = inject('temporal');
  const taskQueue = `test-shared-${randomUUID()}`;
  const workflows = new Map<string, WorkflowEntry>();
  const calls = new Map<string, Entry>();
  const serve = (workflow: AnyWorkflow): void => {
    const registry = registryOf([workflow], taskQueue);
    for (const [name, entry] of registry.workflows) workflows.set(name, entry);
    for (const [key, entry] of registry.calls) calls.set(key, entry);
  };
  serve(first);
  const worker = await createWorker({
    workflows: [first],
    taskQueue,
    connection: { address },
    ...CACHE,
    [REGISTRY_OPTION]: { workflows, calls },
  });
  const client = await connect({ address, uiUrl, taskQueue });
  const running = worker.run();
  return {
    client,
    serve,
    close: async () => {
      await worker.close();
      await running;
      await client.close();
    },
  };
}
