/** A webhook that hears of every run's end, whether it completed, failed or was cancelled: `onFinish`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Step, Workflow, type RunEnd, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';
import { postOutcome } from './notify.js';
import { startReceiver } from './receiver.js';

const receiver = await startReceiver();

const kitchen = new Workflow<string, string>({
  name: 'Kitchen',
  maxRetries: 0,
  steps: [new Step({ name: 'Cook', executor: cook })],
  onFinish: { executor: notify, maxRetries: 5, timeout: '10 seconds' },
});

async function cook({ input: dish }: StepInput<string>, { signal }: StepContext) {
  if (dish === 'soup') throw new Error('The pot boils over.');
  if (dish === 'bread') await sleep(60_000, undefined, { signal });
  return `${dish}, served`;
}

/** It can't change what the run came to: when it fails for good, the run is what it was. */
async function notify({ status, content, error }: RunEnd, context: StepContext) {
  const told = content ?? error?.message ?? '';
  await postOutcome({ url: receiver.url, runId: context.runId, status, content: told }, context);
}

const local = await startLocal({ workflows: [kitchen] });

const toast = await kitchen.run('toast', { background: true, runId: 'toast' });
await toast.wait();

const soup = await kitchen.run('soup', { background: true, runId: 'soup' });
await soup.wait();

const bread = await kitchen.run('bread', { background: true, runId: 'bread' });
while ((await bread.refresh()).activeSteps.length === 0) await sleep(50);
await bread.cancel();
await bread.wait();

for (const body of receiver.received.values()) console.log(body);

await local.close();
await receiver[Symbol.asyncDispose]();
