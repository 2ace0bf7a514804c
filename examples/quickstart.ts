import { Parallel, Step, Workflow, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

const research = new Workflow<string>({
  name: 'Quickstart',
  steps: [
    new Parallel({
      name: 'Research',
      steps: [
        new Step({ name: 'Web', executor: ({ input }) => `News of ${input}` }),
        new Step({ name: 'Archive', executor: ({ input }) => `The history of ${input}` }),
      ],
    }),
    new Step({ name: 'Report', executor: writeReport }),
  ],
});

function writeReport(input: StepInput<string>) {
  return { topic: input.input, findings: input.getStepContent('Research') };
}

// A Temporal server and a worker, in this process.
const local = await startLocal({ workflows: [research] });

const run = await research.run('Renewable energy', { background: true });
console.log(run.runId, run.status, run.url);

const finished = await run.wait();
console.log(finished.content);

await local.close();
