/** Steps over and over, until they have given enough. */
import {
  Loop,
  Parallel,
  Step,
  Workflow,
  type StepContext,
  type StepInput,
  type StepResult,
} from 'outlast';
import { serve } from './serve.js';

const counting = new Workflow<number, number>({
  name: 'Counting',
  steps: [
    new Loop({
      name: 'Add',
      steps: [new Step({ name: 'Ten', executor: addTen })],
      endCondition: ([ten]) => Number(ten?.content) >= 50,
      maxIterations: 10,
      // Without it each iteration begins with what flowed into the loop.
      forwardIterationOutput: true,
    }),
  ],
});

function addTen({ input, previousStepContent: before }: StepInput<number>) {
  return (before === null ? input : Number(before)) + 10;
}

const research = new Workflow<string, string>({
  name: 'Research',
  steps: [
    new Loop({
      name: 'Until enough',
      steps: [
        new Parallel({
          name: 'Sources',
          steps: [
            new Step({ name: 'Web', executor: ({ input }) => `a page on ${input}` }),
            new Step({ name: 'Papers', executor: ({ input }) => `an article on ${input}` }),
          ],
        }),
        new Step({ name: 'Notes', executor: takeNotes }),
      ],
      endCondition: isEnough,
      maxIterations: 5,
    }),
    new Step({
      name: 'Report',
      executor: ({ previousStepContent: notes }) => `Report: ${notes as string}`,
    }),
  ],
});

/** Steps of a later iteration don't see those of an earlier one: what is to last stands in the session state. */
function takeNotes(input: StepInput<string>, { sessionState }: StepContext) {
  const rounds = Number(sessionState['rounds'] ?? 0) + 1;
  sessionState['rounds'] = rounds;
  return `${rounds} × ${Object.values(input.getStepContent('Sources') as object).join(' and ')}`;
}

/** It is given the results of the iteration that has just ended, one for each step. */
function isEnough([, notes]: readonly StepResult[]) {
  return (notes?.content as string).startsWith('2');
}

const server = await serve(counting, research);
console.log((await counting.run(35)).content);
const run = await research.run('tea');
console.log(run.content);
console.log(run.stepResults[0]?.steps.map(({ name }) => name).join(', '));
await server.close();
