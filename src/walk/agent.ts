import type { RunErrorData } from '../plan/contract.js';
import type { StepResult } from '../plan/output.js';
import type { AgentNode } from '../plan/plan.js';
import { callId } from '../plan/reference.js';
import { CANCELLED, failedResult, resultOf } from '../plan/result.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import { takeTurns } from './turns.js';

/** A step that is an agent or a team: its turns, and what the step comes to by them. */
export async function runAgent(
  node: AgentNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  // Another execution may have begun it.
  const place = callId(node.ref, input.pass);
  let began = walk.ledger.turns.has(place);
  const given = { ...input, task: null, around: input.pass, allowances: [] };
  const end = await takeTurns(node, given, walk, (call) => {
    progress.start(call);
    if (!began) tell({ event: 'StepStarted' });
    began = true;
  });
  const { state, metrics } = end;
  walk.ledger.took(place, metrics);
  switch (end.kind) {
    case 'answer': {
      const output = progress.finish({ ...resultOf(node.name, end.result), metrics }, end.call);
      tell({ event: 'StepCompleted', result: output.result });
      return { output, state, failure: null, cancelled: false };
    }
    case 'failed':
      return failed({ ...end.error, step: node.ref });
    case 'cancelled': {
      if (!began) return { output: null, state, failure: null, cancelled: true };
      const output = progress.finish(without(CANCELLED, false), null);
      return { output, state, failure: null, cancelled: true };
    }
  }

  function without(error: string, skipped: boolean): StepResult {
    return { ...failedResult(node.name, error, skipped), metrics };
  }

  function failed(error: RunErrorData): NodeEnd {
    const skipped = node.onError === 'skip';
    const output = progress.finish(without(error.message, skipped), null);
    tell({ event: 'StepError', error: error.message, skipped });
    return { output, state, failure: skipped ? null : error, cancelled: false };
  }
}
