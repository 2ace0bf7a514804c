import { z } from 'zod';
import { Agent, openaiCompatible, tool, Workflow } from '../../../src/index.js';
import { note } from '../../support/processes.js';

/** Where the model is: the program that starts a worker says so. */
export const MODEL_VARIABLE = 'OUTLAST_TEST_MODEL';

const look = tool({
  name: 'look',
  description: 'Looks something up.',
  parameters: z.object({ topic: z.string(), hang: z.boolean().default(false) }),
  execute: async ({ topic, hang }, { attempt }) => {
    note(`look ${topic}`);
    if (hang && attempt === 1) await new Promise(() => undefined);
    return `all about ${topic}`;
  },
});

const model = openaiCompatible({
  baseURL: process.env[MODEL_VARIABLE] ?? 'http://127.0.0.1:9/v1',
  id: 'scripted',
});

export const researching = new Workflow({
  name: 'Researching',
  steps: [
    new Agent({ name: 'Researcher', model, tools: [look] }),
    (input) => {
      note('after');
      return input.previousStepContent;
    },
  ],
});

export const workflows = [researching];
