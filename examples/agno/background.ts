/** A run in the background: started, looked at, and another one cancelled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { serve } from './serve.js';

const baking = new Workflow<string, string>({
  name: 'Baking',
  steps: [
    new Step({ name: 'Mix', executor: ({ input }) => `Dough for ${input}` }),
    new Step({ name: 'Bake', executor: bake }),
  ],
});

async function bake({ input }: StepInput<string>, { signal }: StepContext) {
  await sleep(input === 'bread' ? 500 : 60_000, undefined, { signal });
  return `${input}, baked`;
}

const server = await serve(baking);

const { runId } = await baking.run('bread', { background: true });
let run = await baking.getRun(runId);
while (run !== null && !run.isFinished()) {
  await sleep(100);
  run = await baking.getRun(runId);
}
console.log(run?.status, run?.content);

const cake = await baking.run('cake', { background: true });
// Until it is in the oven.
while ((await cake.refresh()).activeSteps[0]?.stepName !== 'Bake') await sleep(50);
console.log(await cake.cancel());
const cancelled = await cake.wait();
console.log(cancelled.status, cancelled.content);
for (const { name, content, error } of cancelled.stepResults) console.log(name, content ?? error);

await server.close();
