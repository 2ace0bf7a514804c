/** A worker in a process of its own, to be killed: `worker-program.ts MODULE ADDRESS QUEUE [OPTIONS]`. */
import { pathToFileURL } from 'node:url';
import { createWorker, type CreateWorkerOptions } from '../../src/worker/index.js';
import { CACHE } from './cache.js';
import './quiet.js';

const [module = '', address = '', taskQueue = '', options = '{}'] = process.argv.slice(2);
const { workflows } = (await import(pathToFileURL(module).href)) as Pick<
  CreateWorkerOptions,
  'workflows'
>;
const worker = await createWorker({
  workflows,
  taskQueue,
  connection: { address },
  ...CACHE,
  ...(JSON.parse(options) as object),
});
const running = worker.run();
process.send?.('ready');
await running;
process.disconnect();
