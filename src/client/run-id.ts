import { v7 } from 'uuid';

/** `WORKFLOW-ID-` and a UUIDv7: the ids of one workflow sort by the time of their start. */
export function newRunId(workflowId: string): string {
  return `${workflowId}-${v7()}`;
}
