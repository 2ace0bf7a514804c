import type { Json } from '../plan/json.js';
import { flowAfter, type StepResult } from '../plan/output.js';
import type { CallId } from '../plan/reference.js';

/**
 * A node's result, and the call that gave it: `null` for a container, whose result follows from its children's, and for a
 * step that failed or was cancelled, whose result no history holds.
 */
export interface Output {
  readonly result: StepResult;
  readonly call: CallId | null;
  readonly children: readonly Output[];
}

/**
 * The outputs that a node sees: those before it at its level, then those of the levels above. A linked list that grows
 * at its end, so that every node keeps what it saw and shares what others saw as well.
 */
export class Scope {
  /** What flows into the node that sees this. */
  readonly flow: Json;

  private constructor(
    readonly before: Scope | null,
    readonly last: Output | null,
    flow: Json,
  ) {
    this.flow = flow;
  }

  static readonly empty: Scope = new Scope(null, null, null);

  with(output: Output): Scope {
    return new Scope(this, output, flowAfter(this.flow, output.result));
  }

  /** The visible outputs in the order in which they ended. */
  outputs(): Output[] {
    const outputs: Output[] = [];
    let { before, last } = this as Scope;
    while (last !== null) {
      outputs.push(last);
      if (before === null) break;
      ({ before, last } = before);
    }
    return outputs.reverse();
  }
}
