import type { HeartbeatDetails } from '../plan/contract.js';
import type { CallId } from '../plan/reference.js';
import { Decoder } from './decoder.js';
import type { Execution } from './history.js';
import type { HeardTurn } from './live-turns.js';
import type { CallOptions, Server } from './server.js';
import { dateOf } from './timestamp.js';

/** What the turns that are wanted have come to by their latest heartbeats. */
export async function heardTurns(
  server: Server,
  { runId, temporalRunId }: Execution,
  wanted: ReadonlySet<CallId>,
  options: CallOptions,
): Promise<ReadonlyMap<CallId, HeardTurn>> {
  const { namespace, service } = server;
  const execution = { workflowId: runId, runId: temporalRunId };
  const { pendingActivities } = await server.call(
    () => service.describeWorkflowExecution({ namespace, execution }),
    options,
  );
  const decoder = new Decoder(server.client.options.loadedDataConverter);
  const heard = new Map<CallId, HeardTurn>();
  for (const { activityId, heartbeatDetails, lastHeartbeatTime } of pendingActivities) {
    const call = activityId as CallId;
    if (!wanted.has(call)) continue;
    const details = await decoder.oneOrNull<HeartbeatDetails>(heartbeatDetails);
    if (details?.partial === undefined) continue;
    heard.set(call, { partial: details.partial, at: dateOf(lastHeartbeatTime) ?? new Date() });
  }
  return heard;
}
