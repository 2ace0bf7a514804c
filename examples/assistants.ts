/** Agents that run by themselves, hand over, and start runs of others. Models are played by a script, so it needs no key. */
import { Agent, openaiCompatible, Workflow } from 'outlast';
import { startLocal } from 'outlast/local';
import { scriptedModel } from 'outlast/testing';
import { agentTool, workflowTool } from 'outlast/tools';

const script = await scriptedModel([
  calling('hand_over_task', { member: 'Sales', task: 'What does green tea cost, in Portuguese?' }),
  calling('price-list', { input: 'green tea' }),
  calling('translator', { task: 'Green tea costs 2.50.' }),
  'O chá verde custa 2,50.',
  'O chá verde custa 2,50. Posso ajudar em mais alguma coisa?',
]);

const model = openaiCompatible({
  baseURL: script.baseURL,
  id: 'small',
  price: { input: 0.25, cachedInput: 0.025, output: 2 },
});

const priceList = new Workflow<string>({
  name: 'Price list',
  description: 'Tells what a thing costs.',
  steps: [({ input }) => `${input}: 2.50`],
});

const translator = new Agent({
  name: 'Translator',
  description: 'Writes Portuguese.',
  model,
  budget: { cost: 0.05, duration: '5 minutes' },
  onBudget: 'finish',
});

const sales = new Agent({
  name: 'Sales',
  description: 'Knows what there is, and what it costs.',
  model,
  tools: [workflowTool(priceList), agentTool(translator)],
});

const assistant = new Agent({
  name: 'Assistant',
  model,
  instructions: 'Hand over what others know better.',
  handoffs: [sales],
});

const local = await startLocal({ workflows: [assistant, priceList, translator] });

const run = await assistant.run('Quanto custa o chá verde?');
console.log(run.content);
console.log(run.metrics);

await local.close();
await script.close();

/** What a model says to have something done. */
function calling(name: string, args: Readonly<Record<string, string>>) {
  return { calls: [{ name, arguments: args }] };
}
