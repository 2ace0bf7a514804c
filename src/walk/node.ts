import type { RunErrorData } from '../plan/contract.js';
import type { PlanNode } from '../plan/plan.js';
import type { Pass } from '../plan/reference.js';
import type { EventFacts } from './event.js';
import type { Host } from './host.js';
import type { Ledger } from './ledger.js';
import type { Progress } from './progress.js';
import type { Output, Scope } from './scope.js';
import type { State } from './state.js';

/** What flows into a node. */
export interface NodeInput {
  readonly sees: Scope;
  readonly state: State;
  readonly pass: Pass;
}

/** What came of a node. */
export interface NodeEnd {
  /** `null`: it never began, because the run was being ended. */
  readonly output: Output | null;
  readonly state: State;
  /** What fails the containers around it, and the run. */
  readonly failure: RunErrorData | null;
  /** The run was ended while it was under way. */
  readonly cancelled: boolean;
}

/** What a node's code has at hand beside its input. Recursion is handed down here, so node files know no one. */
export interface Walk {
  readonly host: Host;
  /** How far it has come, and where it goes on from. */
  readonly ledger: Ledger;
  execute(node: PlanNode, input: NodeInput, progress: Progress): Promise<NodeEnd>;
}

/** Tells the host what happens in a node. */
export function teller(
  { host }: Walk,
  { name, ref }: Pick<PlanNode, 'name' | 'ref'>,
  { pass }: Pick<NodeInput, 'pass'>,
): (facts: EventFacts) => void {
  return (facts) => {
    host.emit({ stepName: name, stepPath: ref, pass, ...facts });
  };
}
