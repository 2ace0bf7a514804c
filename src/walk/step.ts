import { callId } from '../plan/reference.js';
import { CANCELLED, failedResult, resultOf } from '../plan/result.js';
import type { StepRequest, WorkflowRequest } from './host.js';
import type { Progress } from './progress.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';

/** A step, as one call does all of its work. */
type OneCall = Pick<StepRequest, 'kind' | 'node'> | Pick<WorkflowRequest, 'kind' | 'node'>;

/**
 * One call, of the step's function or of a workflow. Retries are the call's own affair: the walk sees how it came out in
 * the end.
 */
export async function runStep(
  work: OneCall,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const { node } = work;
  const { sees, state, pass } = input;
  const tell = teller(walk, node, input);
  const call = callId(node.ref, pass);
  const { started, outcome } = walk.host.call({ ...work, call, sees, state });
  if (!(await started)) return { output: null, state, failure: null, cancelled: true };
  progress.start(call);
  tell({ event: 'StepStarted' });

  const came = await outcome;
  switch (came.kind) {
    case 'result': {
      const output = progress.finish(resultOf(node.name, came.result), call);
      tell({ event: 'StepCompleted', result: output.result });
      return {
        output,
        state: state.after(call, came.result.state),
        failure: null,
        cancelled: false,
      };
    }
    case 'failed': {
      const skipped = node.onError === 'skip';
      const result = {
        ...failedResult(node.name, came.error.message, skipped),
        ...(came.run !== undefined && { runId: came.run }),
      };
      const output = progress.finish(result, null);
      tell({ event: 'StepError', error: came.error.message, skipped });
      return {
        output,
        state,
        failure: skipped ? null : { ...came.error, step: node.ref },
        cancelled: false,
      };
    }
    case 'cancelled':
      return {
        output: progress.finish(failedResult(node.name, CANCELLED, false), null),
        state,
        failure: null,
        cancelled: true,
      };
  }
}
