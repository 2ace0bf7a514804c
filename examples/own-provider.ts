/** A model provider of one's own: here a program in the place of a service that speaks another protocol than OpenAI's. */
import { Agent, customModel, ModelError, Workflow, type ModelProvider } from 'outlast';
import { startLocal } from 'outlast/local';
import { checkProvider } from 'outlast/testing';

const acme: ModelProvider = {
  async answer({ model, messages }, signal) {
    signal.throwIfAborted();
    if (model.id === 'busy')
      throw new ModelError('acme is busy', { code: 'MODEL_RATE_LIMITED', retryAfter: 5_000 });
    const text = messages.findLast(({ role }) => role === 'user')?.text ?? '';
    return Promise.resolve({ text: text.toUpperCase(), calls: [], usage: null });
  },
};

const large = customModel({ provider: 'acme', id: 'large' });
const writer = new Agent({ name: 'Writer', model: large });

const busy = customModel({ provider: 'acme', id: 'busy' });
await checkProvider(acme, { model: large, failing: { MODEL_RATE_LIMITED: busy } });

const writing = new Workflow<string, string>({ name: 'Writing', steps: [writer] });
const local = await startLocal({ workflows: [writing], models: { providers: { acme } } });
const run = await writing.run('hello');
console.log(run.content);
await local.close();
