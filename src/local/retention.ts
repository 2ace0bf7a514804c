import type { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE_REFRESH } from './arguments.js';

const DAY = 24 * 60 * 60 * 1000;

/** What the dev server gives a namespace that it makes. */
const DEV_SERVERS_OWN = DAY;

/** How long servers of ours keep closed runs: milliseconds. */
export const CLOSED_RUNS_KEPT: number = 30 * DAY;

/**
 * Has the server keep closed runs for 30 days. Any other retention than the dev server's own is somebody's choice, and
 * stays.
 */
export async function keepClosedRuns(connection: Connection, namespace: string): Promise<void> {
  const { workflowService } = connection;
  const { config } = await workflowService.describeNamespace({ namespace });
  if (tsToMs(config?.workflowExecutionRetentionTtl) !== DEV_SERVERS_OWN) return;
  await workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(CLOSED_RUNS_KEPT) },
  });
  // A run keeps the retention that the server knew when it closed, and the server looks at namespaces only so often.
  await sleep(1.5 * NAMESPACE_REFRESH);
}
