import type { RunErrorData } from '../plan/contract.js';
import { containerResult, type ContainerType } from '../plan/output.js';
import type { PlanNode } from '../plan/plan.js';
import { CANCELLED } from '../plan/result.js';
import type { NodeEnd, NodeInput } from './node.js';
import type { Progress } from './progress.js';
import type { Output } from './scope.js';
import type { State } from './state.js';

/** What became of a container's children. */
export interface ChildrenEnd {
  readonly outputs: readonly Output[];
  /** Those of them that nodes after the container see in it. @default all */
  readonly visible?: readonly Output[];
  readonly state: State;
  readonly failure: RunErrorData | null;
  readonly cancelled: boolean;
}

/** What a container comes to, from what its children came to. Cancelled before any of them began, it has no result. */
export function endOf(
  { name }: Pick<PlanNode, 'name'>,
  type: ContainerType,
  { outputs, visible = outputs, state, failure, cancelled }: ChildrenEnd,
  progress: Progress,
): NodeEnd {
  if (cancelled && outputs.length === 0) return { output: null, state, failure, cancelled };
  const error = failure?.message ?? (cancelled ? CANCELLED : null);
  const results = outputs.map(({ result }) => result);
  const result = containerResult(name, type, results, error);
  return { output: progress.finish(result, null, visible), state, failure, cancelled };
}

/** What a container comes to whose question has no answer, so that none of its children ran. */
export function nothingDone(
  node: Pick<PlanNode, 'name'>,
  type: ContainerType,
  { state }: Pick<NodeInput, 'state'>,
  why: { readonly kind: 'failed'; readonly error: RunErrorData } | { readonly kind: 'cancelled' },
  progress: Progress,
): NodeEnd {
  const failure = why.kind === 'failed' ? why.error : null;
  const cancelled = why.kind === 'cancelled';
  return endOf(node, type, { outputs: [], state, failure, cancelled }, progress);
}
