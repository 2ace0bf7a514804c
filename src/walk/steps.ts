import type { StepsNode } from '../plan/plan.js';
import { containerResult } from '../plan/output.js';
import { CANCELLED } from '../plan/result.js';
import type { Progress } from './progress.js';
import { sequence } from './sequence.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';

/** Its children in order, under one name. */
export async function runSteps(
  node: StepsNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  tell({ event: 'StepsExecutionStarted', stepCount: node.steps.length });
  const { outputs, state, failure, cancelled } = await sequence(node.steps, input, walk, progress);
  if (cancelled && outputs.length === 0) return { output: null, state, failure, cancelled };

  const error = failure?.message ?? (cancelled ? CANCELLED : null);
  const results = outputs.map(({ result }) => result);
  const output = progress.finish(
    containerResult(node.name, 'Steps', results, error),
    null,
    outputs,
  );
  if (error === null) tell({ event: 'StepsExecutionCompleted', result: output.result });
  return { output, state, failure, cancelled };
}
