import type { Json, JsonObject } from '../plan/json.js';
import type { RunErrorData } from '../plan/contract.js';
import type { Metrics } from '../plan/metrics.js';
import type { StepResult } from '../plan/output.js';
import { WALK_VERSION, type Plan } from '../plan/plan.js';
import { callId, NO_PASS } from '../plan/reference.js';
import { execute, NewerPlanError } from './execute.js';
import type { Host } from './host.js';
import { Ledger } from './ledger.js';
import type { NodeInput, Walk } from './node.js';
import { Progress } from './progress.js';
import { Scope } from './scope.js';
import { sequence } from './sequence.js';
import { State } from './state.js';

/** How a walk ended. */
export type WalkEnd = (
  | { readonly kind: 'completed'; readonly content: Json }
  | { readonly kind: 'failed'; readonly error: RunErrorData }
  | { readonly kind: 'cancelled' }
) & {
  /** What a node after the last one that ran would see. */
  readonly sees: Scope;
  readonly state: State;
};

/** A walk under way. */
export interface Walking {
  readonly end: Promise<WalkEnd>;
  /** Results so far. `unfinished` says what to write of steps under way; without it they are left out. */
  results(unfinished?: string): StepResult[];
  /** What agents took so far. */
  metrics(): Metrics;
}

/**
 * Walks a plan: which call comes next, what flows where, and what the run comes to. Everything outside is the host's.
 *
 * @param ledger Of a walk of the same plan, to go on from. @default from the beginning
 */
export function walk(
  plan: Plan,
  sessionState: JsonObject,
  host: Host,
  ledger: Ledger = new Ledger(),
): Walking {
  if (plan.walk > WALK_VERSION) throw new NewerPlanError(`a plan of version ${String(plan.walk)}`);
  const root = new Progress(null);
  const walking: Walk = {
    host,
    ledger,
    execute: async (node, input, progress) => {
      const end = await execute(node, input, walking, progress);
      ledger.close(callId(node.ref, input.pass));
      return end;
    },
  };
  const state = State.initial(sessionState);
  const input: NodeInput = { sees: Scope.empty, state, pass: NO_PASS };
  return {
    end: sequence(plan.steps, '', input, walking, root).then((ran) => {
      const { sees, failure, cancelled } = ran;
      const at = { sees, state: ran.state };
      if (failure !== null) return { kind: 'failed', error: failure, ...at };
      if (cancelled) return { kind: 'cancelled', ...at };
      return { kind: 'completed', content: sees.flow, ...at };
    }),
    results: (unfinished) => root.results(unfinished),
    metrics: () => ledger.metrics,
  };
}
