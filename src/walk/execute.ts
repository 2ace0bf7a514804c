import type { PlanNode } from '../plan/plan.js';
import { runAgent } from './agent.js';
import { runCondition } from './condition.js';
import { runForEach } from './for-each.js';
import { runLoop } from './loop.js';
import { runParallel } from './parallel.js';
import type { Progress } from './progress.js';
import { runRouter } from './router.js';
import { runStep } from './step.js';
import { runSteps } from './steps.js';
import type { NodeEnd, NodeInput, Walk } from './node.js';

/** The one place that tells node kinds apart. A kind added to the plan does not compile until it stands here. */
export function execute(
  node: PlanNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  switch (node.kind) {
    case 'step':
      return runStep({ kind: 'step', node }, input, walk, progress);
    case 'workflow':
      return runStep({ kind: 'workflow', node }, input, walk, progress);
    case 'agent':
      return runAgent(node, input, walk, progress);
    case 'steps':
      return runSteps(node, input, walk, progress);
    case 'parallel':
      return runParallel(node, input, walk, progress);
    case 'condition':
      return runCondition(node, input, walk, progress);
    case 'loop':
      return runLoop(node, input, walk, progress);
    case 'router':
      return runRouter(node, input, walk, progress);
    case 'forEach':
      return runForEach(node, input, walk, progress);
    default:
      return unknownKind(node);
  }
}

function unknownKind(node: never): never {
  throw new NewerPlanError(`a node of the kind '${(node as { kind: string }).kind}'`);
}

/** The run's plan is of a newer version: the run waits for a worker that knows what is in it. */
export class NewerPlanError extends Error {
  override readonly name = 'NewerPlanError';

  constructor(what: string) {
    super(`This version of outlast can't walk ${what}: the run's plan is of a newer one.`);
  }
}
