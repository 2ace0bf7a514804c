import type { ParallelNode } from '../plan/plan.js';
import { containerResult } from '../plan/output.js';
import { CANCELLED } from '../plan/result.js';
import type { Progress } from './progress.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';

/**
 * Its branches side by side, each seeing what the node saw. All settle, then they are joined in the order of the
 * definition, so that nothing depends on which was faster.
 */
export async function runParallel(
  node: ParallelNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  tell({ event: 'ParallelExecutionStarted', parallelStepCount: node.steps.length });
  const ends = await branches(node, input, walk, progress);

  const state = input.state.joined(ends.map((end) => end.state));
  const failure = ends.find((end) => end.failure !== null)?.failure ?? null;
  const cancelled =
    failure === null && (ends.length < node.steps.length || ends.some((end) => end.cancelled));
  const outputs = ends.flatMap((end) => end.output ?? []);
  if (cancelled && outputs.length === 0) return { output: null, state, failure, cancelled };

  const error = failure?.message ?? (cancelled ? CANCELLED : null);
  const results = outputs.map(({ result }) => result);
  const output = progress.finish(
    containerResult(node.name, 'Parallel', results, error),
    null,
    outputs,
  );
  if (error === null) tell({ event: 'ParallelExecutionCompleted', result: output.result });
  return { output, state, failure, cancelled };
}

/** A waiting branch starts when one has ended, in the order of the definition. */
async function branches(
  node: ParallelNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd[]> {
  const ends: NodeEnd[] = [];
  const waiting = node.steps.entries();
  const lane = async (): Promise<void> => {
    for (const [index, branch] of waiting) {
      if (walk.host.ending) return;
      ends[index] = await walk.execute(branch, input, progress.child(index, branch));
    }
  };
  const lanes = Math.min(node.maxConcurrency ?? node.steps.length, node.steps.length);
  await Promise.all(Array.from({ length: lanes }, lane));
  // Branches that never began are holes; `flat` leaves them out.
  return ends.flat();
}
