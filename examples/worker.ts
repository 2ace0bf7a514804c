/** The program behind `npm run worker`: serves the examples' workflows on the server of TEMPORAL_*, until Ctrl-C. */
import { OutlastError } from 'outlast';
import { connect } from 'outlast/client';
import { createWorker } from 'outlast/worker';
import { modelOf } from './deep-research/model.js';
import { deepResearch } from './deep-research/pipeline.js';
import { report } from './http-service/workflow.js';

/** Folders of this machine, in which the pipeline's agents search, and who hears of its reports. */
const { DOCUMENTS = 'node_modules', WEBHOOK_URL } = process.env;

const workflows = [
  deepResearch({
    model: modelOf(process.env),
    documents: DOCUMENTS.split(','),
    webhook: WEBHOOK_URL || null,
  }),
  report,
];

try {
  const client = await connect();
  const worker = await createWorker({ workflows });
  console.log(`Serves   ${workflows.map(({ name }) => name).join(', ')}`);
  console.log(`Server   ${client.address}, namespace ${client.namespace}`);
  console.log(`Queue    ${worker.taskQueue}`);
  console.log(`
A run is started by any client of the server, such as
  temporal workflow start --type 'Deep Research Pipeline' --task-queue ${worker.taskQueue} \\
    --input '"How do caches evict entries?"'
`);
  console.log('Ctrl-C lets the steps under way end, and stops it.');
  await client.close();
  // It listens for SIGINT and SIGTERM itself.
  await worker.run();
  console.log('Stopped.');
} catch (error) {
  console.error(error instanceof OutlastError ? error.message : error);
  process.exitCode = 1;
}
