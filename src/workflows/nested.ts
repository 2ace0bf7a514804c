import {
  ChildWorkflowFailure,
  ParentClosePolicy,
  startChild,
  uuid4,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import { brief } from '../plan/brief.js';
import { Memo, type LoadedContent, type RunSettings } from '../plan/contract.js';
import { isEmpty, jsonBytes, textOf, type Json } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { NOT_HERE } from '../plan/output.js';
import type { Outcome, WorkflowRequest } from '../walk/host.js';
import { nestedFailed, nestedResult, nestedTooLarge, withRun } from '../walk/outcome.js';
import type { RunFacts } from './encode-call.js';

/** What the outer run has to do with it. */
interface NestedHooks {
  /** The outer run is to end. */
  readonly ending: () => boolean;
  /** Told the `runId` of the run. */
  readonly begun: (runId: string) => void;
  /** Fetches what flows in, where an earlier execution of the outer run has it. */
  readonly load: () => Promise<LoadedContent>;
}

/** A step that is a workflow: a run of its own, which ends with this one at the latest. */
export async function runNested(
  { node, call, sees }: WorkflowRequest,
  { input, userId, additionalData, metadata }: RunFacts,
  { ending, begun, load }: NestedHooks,
): Promise<Outcome> {
  const { workflow, taskQueue } = node;
  const loaded = sees.flow === NOT_HERE ? await load() : { content: sees.flow };
  if ('tooLarge' in loaded) return nestedTooLarge(node.name, 'what it is given', loaded.tooLarge);
  const given = isEmpty(loaded.content) ? input : loaded.content;
  const settings: RunSettings = {
    ...(userId !== undefined && { userId }),
    ...(additionalData !== undefined && { additionalData }),
    ...(metadata !== undefined && { metadata }),
  };
  const args = Object.keys(settings).length === 0 ? [given] : [given, settings];
  const bytes = jsonBytes(args);
  if (bytes > MAX_PAYLOAD_BYTES) return nestedTooLarge(node.name, 'what it is given', bytes);

  const workflowId = `${workflow.id}-${uuid4()}`;
  const options: ChildWorkflowOptions = {
    workflowId,
    memo: { [Memo.workflowId]: workflow.id, [Memo.call]: call },
    parentClosePolicy: ParentClosePolicy.TERMINATE,
    ...(taskQueue !== null && { taskQueue }),
    ...(given !== null && { staticSummary: brief(textOf(given)) }),
  };
  try {
    const child = await startChild(workflow.name, { ...options, args });
    begun(workflowId);
    return nestedResult(node.name, workflowId, (await child.result()) as Json);
  } catch (error) {
    const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
    if (!(cause instanceof Error)) throw error;
    return withRun(workflowId, nestedFailed(node.name, cause, ending()));
  }
}
