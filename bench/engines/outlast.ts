import type { Client } from '@temporalio/client';
import { Parallel, Step, Workflow, type Executor } from 'outlast';
import { connect, type Outlast } from 'outlast/client';
import { createWorker, type OutlastWorker } from 'outlast/worker';
import { exclaim, trim, upper } from '../functions.mjs';
import { INPUT, type Engine, type Job } from './engine.js';

const functions = [trim, upper, exclaim].map(
  (call) =>
    new Step({
      name: call.name,
      executor: ({ input, previousStepContent }) => call((previousStepContent ?? input) as string),
    }),
);

const workflows = {
  three: new Workflow({ name: 'Three', steps: functions }),
  thirty: new Workflow({
    name: 'Thirty',
    steps: Array.from({ length: 10 }, () => functions).flat(),
  }),
} satisfies Record<Job, Workflow>;

const part: Executor = ({ input }) => trim(input);

/** A run of as many steps, side by side: what is read of it is measured, not how it runs. */
export function wideWorkflow(steps: number): Workflow {
  const parts = Array.from(
    { length: steps },
    (_, index) => new Step({ name: `Part ${index + 1}`, executor: part }),
  );
  return new Workflow({ name: 'Wide', steps: [new Parallel({ name: 'Parts', steps: parts })] });
}

/** Serves its workflows on a queue of their own until it is disposed of. */
export interface OutlastSide extends AsyncDisposable {
  readonly engine: Engine;
  /** The same runs, of which only the result is waited for. */
  readonly resultOnly: Engine;
  readonly client: Outlast;
}

export async function outlastSide(
  address: string,
  temporal: Client,
  wide: Workflow,
): Promise<OutlastSide> {
  const taskQueue = 'bench-outlast';
  const client = await connect({ address, taskQueue });
  const worker = await createWorker({
    workflows: [...Object.values(workflows), wide],
    taskQueue,
    connection: { address },
  });
  const running = worker.run();
  return {
    client,
    engine: {
      name: 'outlast',
      async start(job) {
        const run = await workflows[job].run(INPUT, { background: true, client });
        return { id: run.runId, result: () => run.wait({ throwOnFailure: true }) };
      },
    },
    resultOnly: {
      name: 'outlast-result',
      async start(job) {
        const { runId } = await workflows[job].run(INPUT, { background: true, client });
        return { id: runId, result: () => temporal.workflow.result(runId) };
      },
    },
    [Symbol.asyncDispose]: () => closed(worker, running, client),
  };
}

async function closed(
  worker: OutlastWorker,
  running: Promise<void>,
  client: Outlast,
): Promise<void> {
  await worker.close();
  await running;
  await client.close();
}
