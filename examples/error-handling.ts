/** What may go wrong with a run, and how a program hears of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  InputError,
  RunCancelledError,
  RunExistsError,
  RunFailedError,
  Step,
  Workflow,
  type StepContext,
  type StepInput,
} from 'outlast';
import { startLocal } from 'outlast/local';
import { z } from 'zod';

const order = z.object({ item: z.string(), quantity: z.int().positive() });
type Order = z.infer<typeof order>;

const shop = new Workflow<Order, string>({
  name: 'Order',
  inputSchema: order,
  steps: [
    new Step({ name: 'Reserve', executor: ({ input }) => `${input.quantity} × ${input.item}` }),
    // A receipt isn't worth a failed order: when its attempts are used up, the content before it flows on.
    new Step({ name: 'Receipt', executor: print, maxRetries: 0, onError: 'skip' }),
    new Step({ name: 'Pack', executor: pack, maxRetries: 2, retry: { initialInterval: '100ms' } }),
  ],
});

function print() {
  throw new Error('The printer is out of paper.');
}

async function pack({ input, previousStepContent }: StepInput<Order>, { signal }: StepContext) {
  if (input.item === 'balloons') throw new Error('The box has burst.');
  await sleep(100 * input.quantity, undefined, { signal });
  return `${previousStepContent as string}, packed`;
}

const local = await startLocal({ workflows: [shop] });
const background = { background: true } as const;

// The run is completed, and tells what was skipped.
const lamp = await shop.run({ item: 'lamp', quantity: 2 }, { ...background, runId: 'order-1' });
const done = await lamp.wait();
const skipped = done.stepResults.filter(({ skipped }) => skipped);
console.log(`${done.status}: ${done.content}. ${skipped.map((step) => step.error).join()}`);

// Neither of these starts a run.
await shop.run({ item: 'lamp', quantity: 0 }, background).catch(explain);
await shop.run({ item: 'lamp', quantity: 5 }, { ...background, runId: 'order-1' }).catch(explain);

// wait() alone resolves whatever the run's status is then.
const balloons = await shop.run({ item: 'balloons', quantity: 99 }, background);
await balloons.wait({ throwOnFailure: true }).catch(explain);

const pianos = await shop.run({ item: 'piano', quantity: 600 }, background);
await pianos.cancel();
await pianos.wait({ throwOnFailure: true }).catch(explain);

await local.close();

function explain(error: unknown) {
  if (error instanceof RunFailedError) {
    const { message, code, step, attempts } = error.run.error;
    console.log(`failed: ${code} in ${step} after ${attempts} attempts: ${message}`);
    // What the steps before it gave is kept.
    for (const { name, content, error: why } of error.run.stepResults) {
      console.log(' ', name, '-', content ?? why);
    }
  } else if (error instanceof RunCancelledError) console.log('cancelled:', error.run.workflowName);
  else if (error instanceof InputError) console.log('refused:', error.message);
  else if (error instanceof RunExistsError) console.log('there already:', error.runId);
  else throw error;
}
