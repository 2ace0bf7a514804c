import type { PlanNode } from '../plan/plan.js';
import type { ChildrenEnd } from './container.js';
import type { Place } from './ledger.js';
import { inLanes } from './lanes.js';
import type { NodeEnd, NodeInput, Walk } from './node.js';
import type { Progress } from './progress.js';

/** A node to be run, and what it is given. */
export interface Branch {
  readonly node: PlanNode;
  readonly input: NodeInput;
}

/** How many there are, at most at the same time, and where they stand in the ledger. */
export interface Width {
  readonly count: number;
  readonly atOnce: number;
  readonly place: Place;
}

/**
 * Nodes side by side, each from the same state. All settle, then they are joined in their order, so that nothing depends
 * on which was faster.
 */
export async function sideBySide(
  { count, atOnce, place }: Width,
  branch: (index: number) => Branch,
  { state }: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<ChildrenEnd> {
  const kept = walk.ledger.branches.get(place);
  const ends: (NodeEnd | undefined)[] = [...(kept?.ends ?? [])];
  walk.ledger.branches.set(place, { base: state, ends });
  await inLanes(count, atOnce, async (index) => {
    if (ends[index] !== undefined) return true;
    if (walk.host.ending) return false;
    const { node, input } = branch(index);
    ends[index] = await walk.execute(node, input, progress.child(index, node));
    return true;
  });
  const begun = ends.filter((end) => end !== undefined);
  const failure = begun.find((end) => end.failure !== null)?.failure ?? null;
  return {
    outputs: begun.flatMap((end) => end.output ?? []),
    state: state.joined(begun.map((end) => end.state)),
    failure,
    cancelled: failure === null && (begun.length < count || begun.some((end) => end.cancelled)),
  };
}
