/** A team: its leader has two agents work, and answers with an object. Models are played by a script, so it needs no key. */
import { Agent, Team, Workflow } from 'outlast';
import { startLocal } from 'outlast/local';
import { scriptedModel } from 'outlast/testing';
import { z } from 'zod';

const script = await scriptedModel([
  { calls: [ask('Researcher', 'How do bees tell where flowers are?')] },
  'By a dance.',
  { calls: [ask('Writer', 'A line of verse: bees tell where flowers are by a dance.')] },
  'She danced, and all the hive knew where.',
  '{ "title": "Bees", "verse": "She danced, and all the hive knew where." }',
]);
const { model } = script;

const researcher = new Agent({
  name: 'Researcher',
  description: 'Finds out how things are.',
  model,
});

const writer = new Agent({ name: 'Writer', description: 'Writes verse.', model });

const poets = new Team({
  name: 'Poets',
  model,
  instructions: 'Have the facts found out first, then have them put into verse.',
  members: [researcher, writer],
  outputSchema: z.object({ title: z.string(), verse: z.string() }),
});

const poem = new Workflow<string, { title: string; verse: string }>({
  name: 'Poem',
  steps: [poets],
});

const local = await startLocal({ workflows: [poem] });

const run = await poem.run('Bees');
console.log(run.content.title, '/', run.content.verse);
for await (const event of poem.streamRun(run.runId)) {
  if ('agent' in event) console.log(event.event, event.agent);
}

await local.close();
await script.close();

/** What a leader's model says to have a member do something. */
function ask(member: string, task: string) {
  return { name: 'delegate_task_to_member', arguments: { member, task } };
}
