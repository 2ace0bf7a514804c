/** Streams a run without reading it, and others without reading them to their end. */
import { Workflow } from 'outlast';

const { TASK_QUEUE: taskQueue = '' } = process.env;
const held = new Workflow({ name: 'Held', taskQueue, steps: [() => 'held'] });

const unread = held.run(null, { stream: true });
const left = held.run(null, { stream: true });
for await (const { event } of left) {
  console.log(event);
  if (event === 'StepStarted') break;
}
const forgotten = held.streamRun(await left.runId)[Symbol.asyncIterator]();
await forgotten.next();
console.log(await unread.runId);
