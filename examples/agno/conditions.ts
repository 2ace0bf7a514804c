/** Steps that are done if a function says so. */
import { Condition, Parallel, Step, Workflow, type StepInput } from 'outlast';
import { serve } from './serve.js';

const article = new Workflow<string, string>({
  name: 'Article',
  steps: [
    new Step({ name: 'Draft', executor: ({ input }) => `A draft on ${input}` }),
    new Condition({
      name: 'Checked?',
      evaluator: hasNumbers,
      steps: [
        new Step({ name: 'Check', executor: ({ input }) => `The figures of ${input} are right` }),
        new Step({
          name: 'Cite',
          executor: ({ previousStepContent: text }) => `${text as string} [1]`,
        }),
      ],
    }),
    new Step({
      name: 'Publish',
      executor: ({ previousStepContent: text }) => `${text as string}, published`,
    }),
  ],
});

/** It sees what a step in the condition's place would see. */
function hasNumbers({ previousStepContent }: StepInput<string>) {
  return /\d/.test(previousStepContent as string);
}

const research = new Workflow<string>({
  name: 'Research',
  steps: [
    new Parallel({
      name: 'Sources',
      steps: [
        new Condition({
          name: 'News',
          evaluator: ({ input }) => input.includes('today'),
          steps: [new Step({ name: 'Papers', executor: () => 'what the papers say' })],
          elseSteps: [new Step({ name: 'Books', executor: () => 'what the books say' })],
        }),
        new Condition({
          name: 'Tech',
          evaluator: ({ input }) => input.includes('software'),
          steps: [new Step({ name: 'Hacker News', executor: () => 'what the hackers say' })],
        }),
      ],
    }),
    new Step({ name: 'Found', executor: (input) => input.getStepContent('Sources') }),
  ],
});

const server = await serve(article, research);
console.log((await article.run('tea')).content);
console.log((await article.run('the year 1848')).content);
console.log((await research.run('gardens')).content);
console.log((await research.run('software today')).content);
await server.close();
