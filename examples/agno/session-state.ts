/** State that the steps of a run share, and the runs of a session. */
import { Agent, Step, tool, Workflow, type StepContext, type StepInput } from 'outlast';
import { scriptedModel } from 'outlast/testing';
import { z } from 'zod';
import { serve } from './serve.js';

const addItem = tool({
  name: 'add_item',
  description: 'Puts an item on the shopping list.',
  parameters: z.object({ item: z.string() }),
  execute: ({ item }, { sessionState }) => {
    (sessionState['list'] as string[]).push(item);
    return `${item} is on the list`;
  },
});

// It needs no key. With one: openai('gpt-5-mini').
const model = await scriptedModel([
  { calls: [{ name: 'add_item', arguments: { item: 'tea' } }] },
  'Tea is on it.',
  { calls: [{ name: 'add_item', arguments: { item: 'milk' } }] },
  'Milk too.',
]);
const assistant = new Agent({ name: 'Assistant', model: model.model, tools: [addItem] });

const shopping = new Workflow<string, string>({
  name: 'Shopping',
  // What a new session begins with.
  sessionState: { list: [] },
  steps: [assistant, new Step({ name: 'Count', executor: count })],
});

function count({ previousStepContent: answer }: StepInput<string>, { sessionState }: StepContext) {
  const list = sessionState['list'] as string[];
  sessionState['count'] = list.length;
  return `${answer as string} ${list.length}: ${list.join(', ')}`;
}

const server = await serve(shopping);
const sessionId = 'agno session state';
for (const request of ['add tea', 'and milk']) {
  const { content } = await shopping.run(request, { sessionId });
  console.log(content);
}

const session = await shopping.getSession(sessionId);
console.log(session?.state);
console.log(await shopping.updateSessionState(sessionId, { list: [] }));
await shopping.deleteSession(sessionId);
await server.close();
await model.close();
