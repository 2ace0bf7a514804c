import type { StepsNode } from '../plan/plan.js';
import { callId } from '../plan/reference.js';
import { endOf } from './container.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import { sequence } from './sequence.js';

/** Its children in order, under one name. */
export async function runSteps(
  node: StepsNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  tell({ event: 'StepsExecutionStarted', stepCount: node.steps.length });
  const place = callId(node.ref, input.pass);
  const ran = await sequence(node.steps, place, input, walk, progress);
  const end = endOf(node, 'Steps', ran, progress);
  if (end.output?.result.error === null)
    tell({ event: 'StepsExecutionCompleted', result: end.output.result });
  return end;
}
