/** What a step sees of the steps before it. */
import { Parallel, Step, Steps, Workflow, type StepInput } from 'outlast';
import { serve } from './serve.js';

const report = new Workflow<string>({
  name: 'Report',
  steps: [
    new Parallel({
      name: 'Research',
      steps: [
        new Step({ name: 'Web', executor: ({ input }) => `Pages on ${input}` }),
        new Step({ name: 'Archive', executor: ({ input }) => `Books on ${input}` }),
      ],
    }),
    new Steps({
      name: 'Thinking',
      steps: [new Step({ name: 'Idea', executor: () => ({ idea: 'A history', pages: 12 }) })],
    }),
    new Step({ name: 'Look', executor: look }),
  ],
});

function look(input: StepInput<string>) {
  return {
    last: input.getLastStepContent(),
    // By name, at any depth.
    web: input.getStepContent('Web'),
    // Of a Parallel its branches by name.
    research: input.getStepContent('Research'),
    // The whole result: success, error, media, the steps within.
    thinking: input.getStepOutput('Thinking')?.steps.length,
    missing: input.getStepContent('Nothing') ?? 'no such step',
    names: [...input.previousStepOutputs.keys()],
    all: input.getAllPreviousContent(),
  };
}

const server = await serve(report);
console.log((await report.run('tea')).content);
await server.close();
