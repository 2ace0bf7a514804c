import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { defaultClient } from '../client/default-client.js';
import { RunNotFoundError } from '../client/errors.js';
import { orNull } from '../client/history.js';
import type { Outlast } from '../client/outlast.js';

/** Where the run is. */
export interface RecordHistoryOptions {
  /** @default the client of the process: see `configure` */
  readonly client?: Outlast;
}

/**
 * A run's history as it is now, in Temporal's canonical JSON: what `temporal workflow show --output json` prints. Kept
 * in a file, {@link replay} tells ever after whether the version of outlast at hand still walks it as it was walked.
 *
 * @throws RunNotFoundError
 */
export async function recordHistory(
  runId: string,
  options: RecordHistoryOptions = {},
): Promise<string> {
  const { server } = options.client ?? (await defaultClient());
  const handle = server.client.workflow.getHandle(runId);
  const history = await orNull(server.call(() => handle.fetchHistory()));
  if (history === null) throw new RunNotFoundError(runId, null);
  return `${historyToJSON(history)}\n`;
}
