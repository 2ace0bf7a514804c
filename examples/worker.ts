/** The program behind `npm run worker`: serves the examples' workflows on the server of TEMPORAL_*, until Ctrl-C. */
import { OutlastError } from 'outlast';
import { connect } from 'outlast/client';
import { createWorker } from 'outlast/worker';
import { deepResearch } from './deep-research/pipeline.js';

const workflows = [deepResearch];

try {
  const client = await connect();
  const worker = await createWorker({ workflows });
  console.log(`Serves   ${workflows.map(({ name }) => name).join(', ')}`);
  console.log(`Server   ${client.address}, namespace ${client.namespace}`);
  console.log(`Queue    ${worker.taskQueue}`);
  console.log('\nCtrl-C lets the steps under way end, and stops it.');
  await client.close();
  // It listens for SIGINT and SIGTERM itself.
  await worker.run();
  console.log('Stopped.');
} catch (error) {
  console.error(error instanceof OutlastError ? error.message : error);
  process.exitCode = 1;
}
