import type { Plan, PlanNode } from '../plan/plan.js';
import { passesOf, type CallId, type Reference } from '../plan/reference.js';

/** What the numbers of a node's passes count. */
type Counted = 'iteration' | 'item';

/** Says which iteration of a loop, and which item of a ForEach, calls are of. */
export class Passes {
  /** Outermost first. */
  readonly #counted = new Map<Reference, readonly Counted[]>();

  constructor({ steps }: Plan) {
    this.#count(steps, []);
  }

  /** `iteration 2, item 7`; `null` outside of them. */
  textOf(node: Reference, call: CallId): string | null {
    const counted = this.#counted.get(node) ?? [];
    if (counted.length === 0) return null;
    const passes = passesOf(call);
    // A router that chose a node twice counts as well.
    if (passes.length !== counted.length) return `pass ${passes.join('.')}`;
    return counted.map((what, index) => `${what} ${passes[index] ?? ''}`).join(', ');
  }

  #count(nodes: readonly PlanNode[], around: readonly Counted[]): void {
    for (const node of nodes) {
      const { ref, kind } = node;
      const within = countedIn(kind, around);
      // What a loop itself asks it asks of an iteration.
      this.#counted.set(ref, kind === 'loop' ? within : around);
      if ('steps' in node) this.#count(node.steps, within);
    }
  }
}

function countedIn(kind: PlanNode['kind'], around: readonly Counted[]): readonly Counted[] {
  if (kind === 'loop') return [...around, 'iteration'];
  return kind === 'forEach' ? [...around, 'item'] : around;
}
