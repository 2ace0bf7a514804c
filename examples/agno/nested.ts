/** A workflow as a step of another: a run of its own, with its own id, steps and policies. */
import { Step, Workflow } from 'outlast';
import { serve } from './serve.js';

const research = new Workflow<string, string[]>({
  name: 'Research',
  steps: [
    new Step({
      name: 'Search',
      executor: ({ input }) => [`${input} in China`, `${input} in India`],
    }),
  ],
});

const article = new Workflow<string, string>({
  name: 'Article',
  steps: [
    // Bare, a workflow is a step of its own name.
    new Step({ name: 'Findings', workflow: research }),
    new Step({
      name: 'Write',
      executor: ({ previousStepContent }) =>
        `On ${(previousStepContent as string[]).join(' and ')}`,
    }),
  ],
});

const server = await serve(article);
const run = await article.run('tea');
console.log(run.content);

// Its input is what flows into the step, or the run's input where that is empty.
const [findings] = run.stepResults;
const nested = await research.getRun(findings?.runId ?? '');
console.log(nested?.workflowName, nested?.status, nested?.parentRunId === run.runId);
await server.close();
