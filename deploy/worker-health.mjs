/**
 * Ends with 0 if the Temporal server says that the worker of this container polls its queue, else with 1 and the reason.
 * Usage: node deploy/worker-health.mjs QUEUE
 */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import os from 'node:os';

const [, , queue = ''] = process.argv;
/** What Temporal's SDK calls a worker: its process and its host. The process is 1, as that of a container's program. */
const identity = `1@${os.hostname()}`;
/** The server tells when a poll began, and one lasts a minute. */
const POLL_LASTS = 75_000;
/** @type {number} Temporal's for the kind of queue that steps wait in. */
const ACTIVITIES = 2;

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const { pollers } = await connection.workflowService.describeTaskQueue({
  namespace,
  taskQueue: { name: queue },
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that isn't loaded here
  taskQueueType: ACTIVITIES,
});
await connection.close();

const { lastAccessTime } = pollers.find((poller) => poller.identity === identity) ?? {};
const polledAt = Number(lastAccessTime?.seconds ?? 0) * 1000;
if (Date.now() - polledAt > POLL_LASTS) {
  console.error(`${identity} doesn't poll the queue '${queue}'.`);
  process.exitCode = 1;
}
