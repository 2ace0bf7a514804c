/** An agent under test: its model is a server that plays a dialogue, and keeps what it was sent. */
import { Agent, tool, Workflow } from 'outlast';
import { startLocal } from 'outlast/local';
import { scriptedModel } from 'outlast/testing';
import { z } from 'zod';

const search = tool({
  name: 'search_notes',
  description: 'Finds notes by a word.',
  parameters: z.object({ query: z.string() }),
  execute: ({ query }) => `all about ${query}`,
});

const model = await scriptedModel([
  { status: 429, retryAfter: 1 },
  { calls: [{ name: 'search_notes', arguments: { query: 'bees' } }] },
  'They dance.',
]);

const biologist = new Agent({ name: 'Biologist', model: model.model, tools: [search] });
const answering = new Workflow<string, string>({ name: 'Answering', steps: [biologist] });

const local = await startLocal({ workflows: [answering] });
let text = '';
for await (const event of answering.run('How do bees talk?', { stream: true })) {
  if (event.event === 'RunContent') text = text.slice(0, event.position) + event.content;
}
console.log(text);
// What the model was told of its call.
console.log(model.requests.at(-1)?.messages.at(-1)?.content);

model.assertComplete();
await local.close();
await model.close();
