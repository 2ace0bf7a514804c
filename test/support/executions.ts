import type { Outlast } from '../../src/client/index.js';

/** What one execution of a run has put into its history. */
export interface HistoryPart {
  readonly events: number;
  /** As the server counts them. */
  readonly bytes: number;
}

/** The histories of a run: of each execution that continues the one before, oldest first. */
export async function historyOf(client: Outlast, runId: string): Promise<readonly HistoryPart[]> {
  const { workflow } = client.server.client;
  const parts: HistoryPart[] = [];
  let execution: string | undefined;
  do {
    const handle = workflow.getHandle(runId, execution);
    const { raw } = await handle.describe();
    const { historyLength, historySizeBytes } = raw.workflowExecutionInfo ?? {};
    parts.unshift({ events: Number(historyLength), bytes: Number(historySizeBytes) });
    const [started] = (await handle.fetchHistory()).events ?? [];
    execution =
      started?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  } while (execution !== undefined);
  return parts;
}
