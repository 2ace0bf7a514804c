import { Step, Workflow } from '../../../src/index.js';
import { note } from '../../support/processes.js';

const add = new Step({
  name: 'Add',
  executor: ({ input }, { sessionState, attempt }) => {
    sessionState['n'] = Number(sessionState['n']) + 1;
    note('add');
    // The result, and what comes after it, are on their way when the process ends.
    if (attempt === 1 && typeof input === 'number')
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), input);
    return sessionState['n'];
  },
});

/** Its worker goes down so many milliseconds after its step. */
export const counting = new Workflow({ name: 'Counting', sessionState: { n: 0 }, steps: [add] });

/** What is called when it is over comes after its last step, and before its session knows of it. */
export const told = new Workflow({
  name: 'Told',
  sessionState: { n: 0 },
  steps: [add],
  onFinish: async (_, { attempt }) => {
    note('over');
    if (attempt === 1) await new Promise(() => undefined);
  },
});

export const workflows = [counting, told];
