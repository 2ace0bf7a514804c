import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { slugOf } from '../definition/workflow.js';
import { Memo } from '../plan/contract.js';

type DataConverter = Client['options']['loadedDataConverter'];
type Payload = NonNullable<Parameters<typeof decodeFromPayloadsAtIndex>[2]>[number];

/** The ids that a run's memo tells. One that wasn't started by a client of ours has none. */
export async function idsOf(
  converter: DataConverter,
  workflowName: string,
  fields: Readonly<Record<string, Payload>> | null | undefined,
): Promise<{ readonly workflowId: string; readonly sessionId: string | null }> {
  const text = async (key: string): Promise<string | null> => {
    const payload = fields?.[key];
    if (payload === undefined) return null;
    const value = await decodeFromPayloadsAtIndex<unknown>(converter, 0, [payload]);
    return typeof value === 'string' ? value : null;
  };
  return {
    workflowId: (await text(Memo.workflowId)) ?? slugOf(workflowName),
    sessionId: await text(Memo.sessionId),
  };
}
