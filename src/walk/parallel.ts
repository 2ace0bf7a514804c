import type { ParallelNode, PlanNode } from '../plan/plan.js';
import { callId } from '../plan/reference.js';
import { endOf } from './container.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import { sideBySide } from './side-by-side.js';

/** Its branches side by side, each seeing what the node saw. */
export async function runParallel(
  node: ParallelNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  const { steps } = node;
  tell({ event: 'ParallelExecutionStarted', parallelStepCount: steps.length });
  const branch = (index: number) => ({ node: steps[index] as PlanNode, input });
  const count = steps.length;
  const width = {
    count,
    atOnce: node.maxConcurrency ?? count,
    place: callId(node.ref, input.pass),
  };
  const ends = await sideBySide(width, branch, input, walk, progress);
  const end = endOf(node, 'Parallel', ends, progress);
  if (end.output?.result.error === null)
    tell({ event: 'ParallelExecutionCompleted', result: end.output.result });
  return end;
}
