/** An agent with a tool of one's own. With OPENAI_API_KEY in the environment it asks OpenAI, else a model that needs no key. */
import { Agent, offline, openai, Step, tool, Workflow } from 'outlast';
import { startLocal } from 'outlast/local';
import { z } from 'zod';

const NOTES = [
  { document: 'bees', text: 'Bees dance to tell each other where flowers are.' },
  { document: 'ants', text: 'Ants leave a trail of scent to tell the others where food is.' },
];

const search = tool({
  name: 'search_notes',
  description: 'Finds notes by a word.',
  parameters: z.object({ query: z.string().describe('What to look for.') }),
  execute: ({ query }) => {
    const words = query.toLowerCase().split(/\W+/);
    return NOTES.filter(({ text }) => words.some((word) => text.toLowerCase().includes(word)));
  },
});

const biologist = new Agent({
  name: 'Biologist',
  model: process.env['OPENAI_API_KEY'] ? openai('gpt-5-mini') : offline(),
  instructions: ['Answer from the notes alone.', 'Cite the notes.'],
  tools: [search],
});

const answering = new Workflow<string, string>({
  name: 'Answering',
  steps: [new Step({ name: 'Answer', agent: biologist })],
});

const local = await startLocal({ workflows: [answering] });

const run = await answering.run('How do bees tell where flowers are?', { background: true });
const { content } = await run.wait({
  onProgress: ({ activeSteps }) => {
    for (const { turn, tool: called } of activeSteps) console.log('turn', turn, called ?? '');
  },
});
console.log(content);

await local.close();
