/** The events of a run while it runs, and again for who comes later. */
import { Loop, Step, Workflow } from 'outlast';
import { serve } from './serve.js';

const writing = new Workflow<string, string>({
  name: 'Writing',
  steps: [
    new Step({ name: 'Research', executor: ({ input }) => `Notes on ${input}` }),
    new Loop({
      name: 'Refine',
      steps: [new Step({ name: 'Draft', executor: ({ input }) => `A draft on ${input}` })],
      maxIterations: 2,
    }),
  ],
});

const server = await serve(writing);

const stream = writing.run('tea', { stream: true });
for await (const event of stream) {
  switch (event.event) {
    case 'StepCompleted':
      console.log(event.stepPath, event.iteration ?? '-', event.result.content);
      break;
    case 'WorkflowCompleted':
      console.log(event.content);
      break;
    default:
      console.log(event.event);
  }
}

// The run is the store: another reader, another day, from any event on.
const names: string[] = [];
for await (const { event } of writing.streamRun(await stream.runId, { from: 9 })) names.push(event);
console.log(names);

await server.close();
