/** A run as a test of what its prompt has become: its model answers what it answered when the run was recorded. */
import { Agent, openai, tool, Workflow, type FinishedRun, type Model } from 'outlast';
import { startLocal } from 'outlast/local';
import { fromRun, recordHistory, scriptedModel } from 'outlast/testing';
import { z } from 'zod';

const search = tool({
  name: 'search_notes',
  description: 'Finds notes by a word.',
  parameters: z.object({ query: z.string() }),
  execute: ({ query }) => `all about ${query}`,
});

type Answering = Workflow<string, string>;

const answering = (model: Model, instructions: string): Answering =>
  new Workflow<string, string>({
    name: 'Answering',
    steps: [new Agent({ name: 'Biologist', model, instructions, tools: [search] })],
  });

async function complete(
  workflow: Answering,
): Promise<{ run: FinishedRun<string>; history: string }> {
  await using _local = await startLocal({ workflows: [workflow] });
  const run = await workflow.run('How do bees talk?');
  return { run, history: await recordHistory(run.runId) };
}

// What a real model has answered, some time ago.
const real = await scriptedModel([
  { calls: [{ name: 'search_notes', arguments: { query: 'bees' } }] },
  'They dance.',
]);
const { history } = await complete(answering(real.model, 'Answer from the notes.'));
await real.close();

const today = answering(openai('gpt-5-mini'), 'Answer from the notes alone, and cite them.');
const model = await scriptedModel(await fromRun(history, { workflows: [today] }));
process.env['OPENAI_BASE_URL'] = model.baseURL;

const { run } = await complete(today);
console.log(run.content);
console.log(model.requests[0]?.messages[0]?.content);
model.assertComplete();
await model.close();
