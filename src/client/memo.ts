import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { slugOf } from '../definition/workflow.js';
import { Memo } from '../plan/contract.js';

type DataConverter = Client['options']['loadedDataConverter'];
type Payload = NonNullable<Parameters<typeof decodeFromPayloadsAtIndex>[2]>[number];
type Fields = Readonly<Record<string, Payload>> | null | undefined;

/** The ids that a run's memo tells. One that wasn't started by a client of ours has none. */
export async function idsOf(
  converter: DataConverter,
  workflowName: string,
  fields: Fields,
): Promise<{ readonly workflowId: string; readonly sessionId: string | null }> {
  return {
    workflowId: (await textIn(converter, fields, Memo.workflowId)) ?? slugOf(workflowName),
    sessionId: await textIn(converter, fields, Memo.sessionId),
  };
}

/** A text that a memo holds; `null` where it doesn't. */
export async function textIn(
  converter: DataConverter,
  fields: Fields,
  key: string,
): Promise<string | null> {
  const payload = fields?.[key];
  if (payload === undefined) return null;
  const value = await decodeFromPayloadsAtIndex<unknown>(converter, 0, [payload]);
  return typeof value === 'string' ? value : null;
}
