/** A webhook that hears of a run's end: the last step posts to it, again until it answers. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';
import { postOutcome } from './notify.js';

const receiver = createServer((request, response) => void receive(request, response));
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

const summary = new Workflow<string, string>({
  name: 'Summary',
  steps: [
    new Step({ name: 'Summarize', executor: ({ input }) => `${input} in a nutshell` }),
    new Step({
      name: 'Notify',
      executor: notify,
      timeout: '10 seconds',
      maxRetries: 5,
      retry: { initialInterval: '200ms' },
      // Whoever can't be told shouldn't cost the run its result.
      onError: 'skip',
    }),
  ],
});

/** A step is reached only when all before it have succeeded, so this one tells of completed runs alone. */
async function notify({ previousStepContent: content }: StepInput<string>, context: StepContext) {
  await postOutcome({ url, runId: context.runId, status: 'completed', content }, context);
  // What the last step returns is the run's content.
  return content;
}

const taken = new Map<string, unknown>();
let requests = 0;

/** A receiver on a bad day: busy at first, then its answer is lost. */
async function receive(request: IncomingMessage, response: ServerResponse) {
  requests++;
  if (requests === 1) {
    console.log('Busy: 503');
    response.writeHead(503).end();
    return;
  }
  const key = String(request.headers['idempotency-key']);
  if (taken.has(key)) {
    console.log('Known already: 200');
    response.writeHead(200).end();
    return;
  }
  taken.set(key, await json(request));
  console.log('Taken, but the answer is lost');
  response.destroy();
}

const local = await startLocal({ workflows: [summary] });
const run = await summary.run('The bee dance', { background: true });
const { status, content } = await run.wait();
console.log(`The run is ${status}: ${content}`);
console.log('The webhook has', [...taken.values()]);

receiver.close();
await local.close();
