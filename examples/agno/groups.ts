/** Steps that belong together, under one name; and a workflow that is one function. */
import { Step, Steps, Workflow } from 'outlast';
import { serve } from './serve.js';

const writing = new Steps<string>({
  name: 'Writing',
  steps: [
    new Step({ name: 'Draft', executor: ({ input }) => `A draft on ${input}` }),
    new Step({
      name: 'Polish',
      executor: ({ previousStepContent: draft }) => `${draft as string}, polished`,
    }),
  ],
});

const article = new Workflow<string, string>({
  name: 'Article',
  steps: [
    writing,
    new Step({
      name: 'Publish',
      executor: ({ previousStepContent: text }) => `${text as string}, published`,
    }),
  ],
});

const greeting = new Workflow<string, string>({
  name: 'Greeting',
  steps: ({ input }) => `Good morning, ${input}!`,
});

const server = await serve(article, greeting);
const run = await article.run('tea');
console.log(run.content);
for (const { name, type, steps } of run.stepResults)
  console.log(name, type, ...steps.map((step) => step.name));
console.log((await greeting.run('Ada')).content);
await server.close();
