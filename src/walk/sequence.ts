import type { RunErrorData } from '../plan/contract.js';
import type { PlanNode } from '../plan/plan.js';
import type { Pass } from '../plan/reference.js';
import type { Place } from './ledger.js';
import type { Progress } from './progress.js';
import type { Output, Scope } from './scope.js';
import type { State } from './state.js';
import type { NodeInput, Walk } from './node.js';

export interface SequenceEnd {
  readonly outputs: readonly Output[];
  /** What a node after these would see. */
  readonly sees: Scope;
  readonly state: State;
  readonly failure: RunErrorData | null;
  readonly cancelled: boolean;
}

export interface SequenceOptions {
  /** Where the first node stands among those of the progress. @default 0 */
  readonly from?: number;
  /** The pass of each node. @default the input's */
  readonly passes?: readonly Pass[];
}

/**
 * Nodes one after the other, each seeing those before it, until one stops or fails, or the run is to end.
 *
 * @param place Under which it stands in the ledger, until whose it is closes it: what it came to may still be needed.
 */
export async function sequence(
  nodes: readonly PlanNode[],
  place: Place,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
  { from = 0, passes = [] }: SequenceOptions = {},
): Promise<SequenceEnd> {
  const { sequences } = walk.ledger;
  const kept = sequences.get(place);
  const outputs = [...(kept?.outputs ?? [])];
  let state = kept?.state ?? input.state;
  let sees = outputs.reduce((scope, output) => scope.with(output), input.sees);
  const ended = (end: Partial<SequenceEnd>): SequenceEnd => ({
    ...{ outputs, sees, state, failure: null, cancelled: false },
    ...end,
  });

  for (const [index, node] of nodes.entries()) {
    if (index < (kept?.outputs.length ?? 0)) continue;
    if (walk.host.ending) return ended({ cancelled: true });
    const pass = passes[index] ?? input.pass;
    const begun = progress.child(from + index, node);
    const end = await walk.execute(node, { sees, state, pass }, begun);
    state = end.state;
    if (end.output !== null) {
      outputs.push(end.output);
      sees = sees.with(end.output);
    }
    const { failure, cancelled } = end;
    if (failure !== null || cancelled) return ended({ failure, cancelled });
    if (end.output?.result.stop === true) break;
    sequences.set(place, { outputs, state });
  }
  return ended({});
}
