import { Step, Workflow } from '../../../src/index.js';
import { note } from '../../support/processes.js';

/** A step that ends when it is told to stop, in the way that the input says. */
export const draining = new Workflow({
  name: 'Draining',
  maxRetries: 0,
  steps: [
    new Step({
      name: 'work',
      executor: async (input, { signal, attempt }) => {
        note(`attempt ${String(attempt)}`);
        if (attempt > 1) return 'by another worker';
        if (input.input === 'short') {
          await new Promise((resolve) => setTimeout(resolve, 1_500));
          return 'in its grace';
        }
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            note('told to stop');
            reject(signal.reason as Error);
          });
        });
      },
    }),
  ],
});

export const workflows = [draining];
