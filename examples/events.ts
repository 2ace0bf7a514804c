/** The events of a run as they happen, and again for somebody who comes later. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Parallel, Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

const tour = new Workflow<string, string>({
  name: 'Tour',
  steps: [
    new Parallel({
      name: 'Bookings',
      maxConcurrency: 1,
      steps: [
        new Step({ name: 'Train', executor: book }),
        new Step({ name: 'Hotel', executor: book }),
      ],
    }),
    new Step({ name: 'Itinerary', executor: ({ input }) => `Three days in ${input}` }),
  ],
});

async function book({ input: place }: StepInput<string>, { signal }: StepContext) {
  await sleep(500, undefined, { signal });
  return `booked for ${place}`;
}

const local = await startLocal({ workflows: [tour] });

const stream = tour.run('Lisbon', { stream: true });
const runId = await stream.runId;
for await (const event of stream) {
  if (event.event === 'StepStarted') console.log(`${event.stepPath} begins`);
  if (event.event === 'StepCompleted') console.log(`${event.stepPath}:`, event.result.content);
  if (event.event === 'WorkflowCompleted') console.log(event.content);
}

// Another process, another day: the same events, from any of them on.
for await (const { offset, event } of tour.streamRun(runId, { from: 6 })) {
  console.log(offset, event);
}

await local.close();
