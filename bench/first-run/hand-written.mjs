/** The same by hand: ADDRESS TASK_QUEUE (--bundle FILE | --workflows FILE). With the latter it bundles at start. */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import * as activities from '../functions.mjs';

const [, , address = '', taskQueue = '', how, file = ''] = process.argv;

Runtime.install({ logger: new DefaultLogger('WARN') });
const workerConnection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection: workerConnection,
  taskQueue,
  activities,
  ...(how === '--bundle' ? { workflowBundle: { codePath: file } } : { workflowsPath: file }),
});
const running = worker.run();
const connection = await Connection.connect({ address });
const client = new Client({ connection });
/** @type {unknown} */
const result = await client.workflow.execute('three', {
  taskQueue,
  workflowId: taskQueue,
  args: ['  hello '],
});
console.log(result);
worker.shutdown();
await running;
await connection.close();
await workerConnection.close();
