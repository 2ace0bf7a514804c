/** Runs in the background: looking at one until it is finished, many at once, and cancelling. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

/** Work that takes a while. A cancelled run fires the signal, so that it ends at once. */
async function render({ input }: StepInput<number>, { signal }: StepContext): Promise<string> {
  await sleep(input, undefined, { signal });
  return `rendered in ${input} ms`;
}

const video = new Workflow<number, string>({
  name: 'Video',
  steps: [new Step({ name: 'Render', executor: render, timeout: '1 minute', maxRetries: 1 })],
});

const local = await startLocal({ workflows: [video] });

// Starting takes milliseconds. The id is all that it takes to find the run again, from any process.
const { runId } = await video.run(700, { background: true });
console.log('Started', runId);

// isFinished is true for completed, failed and cancelled runs. hasCompleted means what it means in Agno, completed or
// failed, so a loop that waits for it would never end on a cancelled run.
let run = await video.getRun(runId);
while (run !== null && !run.isFinished()) {
  console.log(run.status, run.activeSteps.map(({ stepName }) => stepName).join(', '));
  await sleep(300);
  run = await video.getRun(runId);
}
console.log(run?.status, run?.content);

const long = await video.run(60_000, { background: true });

// Many at once. Each run stands on its own: the failure of one would be no other's.
const runs = await Promise.all(
  Array.from({ length: 10 }, () => video.run(200, { background: true })),
);
const finished = await Promise.all(runs.map((each) => each.wait()));
console.log(finished.filter(({ status }) => status === 'completed').length, 'completed');

// Cancelling asks a run to end; waiting for it sees the end.
await long.cancel();
console.log((await long.wait()).status);

await local.close();
