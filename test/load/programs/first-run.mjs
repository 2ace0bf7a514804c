/** A worker, and the first run on it: says how long after the process's start it was done. */
import { Workflow } from 'outlast';
import { createWorker } from 'outlast/worker';

const echo = new Workflow({ name: 'First', taskQueue: 'first-run', steps: [({ input }) => input] });
const worker = await createWorker({ workflows: [echo], taskQueue: 'first-run' });
const running = worker.run();
const { content } = await echo.run('hello');
console.log(JSON.stringify({ content, after: Math.round(performance.now()) }));
await worker.close();
await running;
