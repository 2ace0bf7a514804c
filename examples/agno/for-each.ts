/** A step for each item of a list, which Agno lacks. */
import { ForEach, Step, Steps, Workflow } from 'outlast';
import { serve } from './serve.js';

const reviewing = new Workflow<string, string[]>({
  name: 'Reviewing',
  steps: [
    new Step({ name: 'Chapters', executor: ({ input }) => input.split(', ') }),
    new ForEach({
      name: 'Reviews',
      // A step before, or a function that lists them.
      items: 'Chapters',
      maxConcurrency: 2,
      step: new Steps({
        name: 'Review',
        steps: [
          new Step({
            name: 'Read',
            executor: ({ previousStepContent: item }) => `${item as string}, read`,
          }),
          new Step({
            name: 'Note',
            executor: ({ previousStepContent: text }) => `${text as string}, noted`,
          }),
        ],
      }),
    }),
  ],
});

const server = await serve(reviewing);
const { content } = await reviewing.run('Tea, Milk, Sugar');
console.log(content);
await server.close();
