/** A program that serves a workflow of three functions and runs it once: ADDRESS TASK_QUEUE. */
import { Workflow } from 'outlast';
import { connect } from 'outlast/client';
import { createWorker } from 'outlast/worker';
import { exclaim, trim, upper } from '../functions.mjs';

const [, , address = '', taskQueue = ''] = process.argv;

const three = new Workflow({
  name: 'Three',
  steps: [
    ({ input }) => trim(text(input)),
    ({ previousStepContent }) => upper(text(previousStepContent)),
    ({ previousStepContent }) => exclaim(text(previousStepContent)),
  ],
});

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : '';
}

const worker = await createWorker({ workflows: [three], taskQueue, connection: { address } });
const running = worker.run();
const client = await connect({ address, taskQueue });
const { content } = await three.run('  hello ', { client });
console.log(content);
await worker.close();
await running;
await client.close();
