/** A run in the background, looked at until it is finished. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

const article = new Workflow<string, string>({
  name: 'Article',
  steps: [
    new Step({ name: 'Research', executor: research }),
    new Step({ name: 'Write', executor: write }),
  ],
});

async function research({ input }: StepInput<string>, { signal }: StepContext) {
  await sleep(1_000, undefined, { signal });
  return [`What ${input} is`, `What ${input} costs`];
}

async function write(input: StepInput<string>, { signal }: StepContext) {
  await sleep(1_000, undefined, { signal });
  return `An article in ${(input.previousStepContent as string[]).length} parts`;
}

const local = await startLocal({ workflows: [article] });

// This takes milliseconds, however long the run will take.
const { runId, status } = await article.run('solar power', { background: true });
console.log('Started', runId);
console.log(status);

// The id is all that it takes to find the run again, from any process. `null` means that there is no such run.
let run = await article.getRun(runId);

// isFinished() is true for completed, failed and cancelled runs. hasCompleted() is Agno's, and means completed or
// failed: a loop that waits for it never ends when somebody cancels the run.
while (run !== null && !run.isFinished()) {
  console.log(run.status, ...run.activeSteps.map(({ stepName }) => stepName));
  await sleep(300);
  run = await article.getRun(runId);
}
console.log(run?.status);
console.log(run?.content);

await local.close();
