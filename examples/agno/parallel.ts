/** Steps at the same time, and what they give together. */
import { Parallel, Step, Workflow } from 'outlast';
import { serve } from './serve.js';

const report = new Workflow<string>({
  name: 'Report',
  steps: [
    new Parallel({
      name: 'Research',
      steps: [
        new Step({ name: 'Web', executor: ({ input }) => `Pages on ${input}` }),
        new Step({ name: 'Archive', executor: ({ input }) => ({ articles: [input] }) }),
        new Step({ name: 'Radio', executor: () => null }),
      ],
    }),
    new Step({
      name: 'Report',
      executor: (input) => ({
        // What an agent in this place would be sent.
        text: input.previousStepContent,
        byName: input.getStepContent('Research'),
      }),
    }),
  ],
});

const server = await serve(report);
console.log((await report.run('tea')).content);
await server.close();
