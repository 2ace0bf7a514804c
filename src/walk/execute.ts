import type { PlanNode } from '../plan/plan.js';
import { runParallel } from './parallel.js';
import type { Progress } from './progress.js';
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
      return runStep(node, input, walk, progress);
    case 'steps':
      return runSteps(node, input, walk, progress);
    case 'parallel':
      return runParallel(node, input, walk, progress);
    default:
      return unknownKind(node);
  }
}

/** A plan of a newer worker: the run waits for a worker that knows the kind. */
function unknownKind(node: never): never {
  throw new UnknownNodeError((node as { kind: string }).kind);
}

export class UnknownNodeError extends Error {
  override readonly name = 'UnknownNodeError';

  constructor(kind: string) {
    super(
      `This version of outlast can't walk a node of the kind '${kind}': the run's plan is of a newer one.`,
    );
  }
}
