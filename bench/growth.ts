import { Client, Connection } from '@temporalio/client';
import { Loop, Step, Workflow, type Executor } from 'outlast';
import { connect } from 'outlast/client';
import { startDevServer } from 'outlast/local';
import { createWorker } from 'outlast/worker';
import { growthOf, GROWTH_STEPS, type Growth } from './measure/growth.js';
import { machineFacts, type Machine } from './report/machine.js';

export interface GrowthReport {
  readonly machine: Machine;
  readonly rounds: number;
  readonly shapes: readonly { readonly title: string; readonly growth: Growth }[];
}

const count: Executor = ({ previousStepContent }) => Number(previousStepContent ?? 0) + 1;
const text: Executor = () => 'x'.repeat(200);

/** Runs whose steps come one after the other; whatever a step can see of those before it grows with the run. */
const SHAPES: Readonly<Record<string, Workflow>> = {
  'steps, a number each': steps('Numbers', count),
  'steps, 200 bytes each': steps('Texts', text),
  'passes of a loop': new Workflow({
    name: 'Passes',
    steps: [
      new Loop({
        maxIterations: GROWTH_STEPS,
        forwardIterationOutput: true,
        steps: [new Step({ name: 'Count', executor: count })],
      }),
    ],
  }),
};

function steps(name: string, executor: Executor): Workflow {
  return new Workflow({
    name,
    steps: Array.from(
      { length: GROWTH_STEPS },
      (_, index) => new Step({ name: `Step ${index + 1}`, executor }),
    ),
  });
}

/** `npm run bench -- --growth`: whether a step late in a run costs more than one at its start. */
export async function growth(
  rounds: number,
  progress: (text: string) => void,
): Promise<GrowthReport> {
  await using server = await startDevServer({ port: 0, uiPort: 0 });
  const { address } = server;
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection });
  const taskQueue = 'bench-growth';
  await using client = await connect({ address, taskQueue });
  const worker = await createWorker({
    workflows: Object.values(SHAPES),
    taskQueue,
    connection: { address },
  });
  const running = worker.run();
  try {
    const machine = await machineFacts(temporal);
    const shapes: { title: string; growth: Growth }[] = [];
    for (const [title, workflow] of Object.entries(SHAPES)) {
      progress(title);
      shapes.push({ title, growth: await growthOf(workflow, rounds, { client, temporal }) });
    }
    return { machine, rounds, shapes };
  } finally {
    await worker.close();
    await running;
    await connection.close();
  }
}
