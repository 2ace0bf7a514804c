/** Steps one after the other: functions and agents, with what flows from each to the next. */
import { Agent, offline, Step, tool, Workflow, type StepInput } from 'outlast';
import { z } from 'zod';
import { serve } from './serve.js';

const NOTES = [
  { document: 'bees', text: 'Bees dance to tell each other where flowers are.' },
  { document: 'ants', text: 'Ants leave a trail of scent to tell the others where food is.' },
];

const search = tool({
  name: 'search_notes',
  description: 'Finds notes.',
  parameters: z.object({ query: z.string() }),
  execute: () => NOTES,
});

const researcher = new Agent({
  name: 'Researcher',
  // It needs no key. With one: openai('gpt-5-mini').
  model: offline(),
  instructions: 'Find what the notes say about the topic.',
  tools: [search],
});

const article = new Workflow<string, string>({
  name: 'Article',
  steps: [
    new Step({ name: 'Question', executor: ({ input }) => `How do ${input} talk?` }),
    // What flows in is the agent's prompt, and its answer flows on.
    new Step({ name: 'Research', agent: researcher }),
    // A bare function is a step of its own name, and so is a bare agent.
    headline,
  ],
});

function headline({ input, previousStepContent }: StepInput<string>) {
  const [, finding] = /^- (.*)$/m.exec(previousStepContent as string) ?? [];
  return `${input.toUpperCase()}: ${finding ?? 'nothing is known'}`;
}

const server = await serve(article);
const run = await article.run('ants');
console.log(run.content);
console.log(run.stepResults.map(({ name }) => name));
await server.close();
