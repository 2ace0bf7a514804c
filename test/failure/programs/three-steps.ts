import { Step, Workflow } from '../../../src/index.js';
import { note } from '../../support/processes.js';

/** The second step never ends in the process that is to be killed, and at once in the one after. */
export const threeSteps = new Workflow({
  name: 'Three steps',
  steps: [
    new Step({
      name: 'one',
      executor: () => {
        note('one');
        return 'first';
      },
    }),
    new Step({
      name: 'two',
      executor: async (input, { attempt, idempotencyKey }) => {
        note('two');
        note(`key ${idempotencyKey}`);
        if (attempt <= Number(input.input)) await new Promise(() => undefined);
        return `${String(input.previousStepContent)}, second`;
      },
    }),
    new Step({
      name: 'three',
      executor: (input) => {
        note('three');
        return `${String(input.previousStepContent)}, third`;
      },
    }),
  ],
});

export const workflows = [threeSteps];
